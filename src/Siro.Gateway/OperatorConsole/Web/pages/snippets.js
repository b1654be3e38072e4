// Code to copy. The signature is Standard Webhooks': webhook-id, webhook-timestamp, webhook-signature.
const origin = () => new URL('./', document.baseURI).href.replace(/\/$/, '');

const verify = {
  'C#': `// dotnet new web, then: dotnet add package StandardWebhooks
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

var app = WebApplication.Create(args);
var webhook = new StandardWebhook(Environment.GetEnvironmentVariable("SIRO_WEBHOOK_SECRET")!);

app.MapPost("/siro", async (HttpRequest request) =>
{
    using var reader = new StreamReader(request.Body);
    var body = await reader.ReadToEndAsync();
    if (!IsGenuine(body, request.Headers))
    {
        return Results.BadRequest();
    }

    // Answer 2xx soon; the same webhook-id may come again.
    return Results.NoContent();
});
app.Run();

// While a secret is being replaced there are two signatures; the library reads the first one only.
bool IsGenuine(string body, IHeaderDictionary headers) => headers["webhook-signature"].ToString().Split(' ').Any(signature =>
{
    headers["webhook-signature"] = signature;
    try
    {
        webhook.Verify(body, headers);
        return true;
    }
    catch (WebhookVerificationException)
    {
        return false;
    }
});`,
  Node: `// npm install standardwebhooks express
import express from 'express';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.SIRO_WEBHOOK_SECRET);
express().post('/siro', express.raw({ type: 'application/json' }), (request, response) => {
  const event = webhook.verify(request.body, request.headers); // throws when it is not genuine
  response.status(204).end(); // answer 2xx soon; the same webhook-id may come again
}).listen(3000);`,
  Python: `# pip install standardwebhooks flask
import os
from flask import Flask, request
from standardwebhooks import Webhook

app = Flask(__name__)
webhook = Webhook(os.environ["SIRO_WEBHOOK_SECRET"])

@app.post("/siro")
def siro():
    event = webhook.verify(request.get_data(), dict(request.headers))  # raises when it is not genuine
    return "", 204  # answer 2xx soon; the same webhook-id may come again`,
};

const read = id => ({
  curl: `# Events after what was acknowledged last; waits up to 30 s for the first
curl -H "X-Api-Key: $SIRO_GATEWAY_KEY" "${origin()}/v1/subscriptions/${id}/events?limit=100&wait=30"

# All up to this cursor are done
curl -H "X-Api-Key: $SIRO_GATEWAY_KEY" -H "Content-Type: application/json" \\
  -d '{"cursor":"CURSOR"}' "${origin()}/v1/subscriptions/${id}/events/ack"`,
});

export const snippets = subscription => (subscription.pull ? read(subscription.id) : verify);
