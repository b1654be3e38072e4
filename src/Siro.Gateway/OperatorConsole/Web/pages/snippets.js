// Code to copy. The signature is Standard Webhooks': webhook-id, webhook-timestamp, webhook-signature.
const origin = () => new URL('./', document.baseURI).href.replace(/\/$/, '');

const verify = {
  'C#': `// dotnet add package StandardWebhooks
app.MapPost("/siro", async (HttpRequest request) =>
{
    using var reader = new StreamReader(request.Body);
    var body = await reader.ReadToEndAsync();
    var headers = new WebHeaderCollection
    {
        ["webhook-id"] = request.Headers["webhook-id"],
        ["webhook-timestamp"] = request.Headers["webhook-timestamp"],
        ["webhook-signature"] = request.Headers["webhook-signature"],
    };
    new StandardWebhook(Environment.GetEnvironmentVariable("SIRO_WEBHOOK_SECRET")!).Verify(body, headers); // throws when it is not genuine

    // Answer 2xx soon; the same webhook-id may come again.
    return Results.NoContent();
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
