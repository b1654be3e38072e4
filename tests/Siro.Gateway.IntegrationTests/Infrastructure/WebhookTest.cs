using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// What the tests of events, subscriptions and deliveries share: a client that may manage subscriptions, and words for what they do over
/// and over.
/// </summary>
public abstract class WebhookTest(WebhookFixture gateway) : IClassFixture<WebhookFixture>
{
    protected WebhookFixture Fixture { get; } = gateway;

    protected HttpClient Anyone { get; } = gateway.CreateClient(apiKey: null);

    protected HttpClient Writer { get; } = gateway.CreateClient(GatewaySettings.WriterKey);

    protected HttpClient Admin { get; } = gateway.CreateClient();

    internal Subscribers Subscribers => Fixture.Subscribers;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static string NewId(string prefix = "msg_") => prefix + Guid.CreateVersion7().ToString("N");

    protected T Service<T>()
        where T : notnull => Fixture.Gateway.Services.GetRequiredService<T>();

    /// <summary>An event of Siro's, sent again while the store is too slow to confirm it, as Svix does.</summary>
    protected async Task<string> EmitAsync(string body, string? id = null)
    {
        id ??= NewId();
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await Anyone.PostWebhookAsync(id, body);
                return answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable
                    && answer.EnsureSuccessStatusCode().IsSuccessStatusCode;
            },
            "the event is acknowledged");
        return id;
    }

    /// <summary>Makes a subscription with a path of its own; answers its id, its secret and its path.</summary>
    protected async Task<(string Id, string Secret, string Name)> SubscribeAsync(
        string events = "*", string more = "", HttpClient? client = null)
    {
        var name = NewId("s");
        var made =
            await JsonAsync(await (client ?? Writer).PostAsync("/v1/subscriptions",
            Text($$"""{"url":"{{Subscribers.Url(name)}}","events":["{{events}}"]{{more}}}"""), Cancel), 201);
        return (made.GetProperty("id").GetString()!, made.GetProperty("secret").GetString()!, name);
    }

    internal Task<Received> ReceivedAsync(string name, Func<Received, bool> which, string what) =>
        Until.GetAsync(() => Task.FromResult(Subscribers.At(name).FirstOrDefault(which)), what);

    protected static async Task<JsonElement> JsonAsync(HttpResponseMessage response, int status = 200)
    {
        using var _ = response;
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {text}");
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    protected async Task<JsonElement> GetAsync(string path, HttpClient? client = null) =>
        await JsonAsync(await (client ?? Writer).GetAsync(path, Cancel));

    protected async Task<JsonElement> PostAsync(string path, string body = "", int status = 200) =>
        await JsonAsync(await Writer.PostAsync(path, Text(body), Cancel), status);

    protected static StringContent Text(string json) => new(json, MediaTypeHeaderValue.Parse("application/json"));

    protected static async Task ProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var problem = await JsonAsync(response, status);
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }

    /// <summary>Waits until the event's delivery to this subscription is in this state.</summary>
    protected async Task<JsonElement> DeliveryAsync(string subscription, string eventId, string status)
    {
        JsonElement last = default;
        await Until.TrueAsync(
            async () =>
            {
                using var response = await Writer.GetAsync($"/v1/deliveries/{eventId}.{subscription}", Cancel);
                last = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
                return response.IsSuccessStatusCode && last.GetProperty("status").GetString() == status;
            },
            $"the delivery is {status}");
        return last;
    }

    internal static bool Verifies(Received received, string secret, string prefix = "webhook-") => SvixSignature.Verify(
        secret, received.Id, received.Headers[prefix + "timestamp"].ToString(), received.Body,
        received.Headers[prefix + "signature"].ToString());
}
