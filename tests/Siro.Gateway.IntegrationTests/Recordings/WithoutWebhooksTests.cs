using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Recordings;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>
/// An organization without webhook secrets: Siro sends nothing and could not. Polling begins with the first subscriber and feeds every one.
/// </summary>
public sealed class WithoutWebhooksTests(WithoutWebhooksTests.Fixture gateway) : IClassFixture<WithoutWebhooksTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Polling_alone_delivers_every_recording_and_every_deletion_once_to_every_subscriber()
    {
        using var client = gateway.CreateClient();
        using (var posted = await client.PostWebhookAsync("msg_1", SiroSender.Event("r1", linked: true)))
        {
            Assert.False(posted.IsSuccessStatusCode);
        }

        var history = Ids(Add(30));
        Assert.Equal(0, Polls(0));
        var push = await SubscribeAsync(client, new { url = gateway.Subscribers.Url("push"), events = new[] { "*" } });
        var ready = await SubscribeAsync(
            client, new { url = gateway.Subscribers.Url("ready"), events = new[] { "recording.ready" }, order = "recording" });
        var pull = await SubscribeAsync(client, new { pull = true, events = new[] { "recording.*" } });
        await Until.TrueAsync(() => Polls(0) > 0, "polling begins with the first subscriber");

        var made = Add(200);
        Add(5, linked: false);
        await GetAllAsync("push", 200);
        await GetAllAsync("ready", 200);
        var pulled = await PullAsync(client, pull.Id, 200);
        made[7].Deleted = made[11].Deleted = true;
        made[7].UpdatedAt = made[11].UpdatedAt = TimeProvider.System.GetUtcNow();
        await GetAllAsync("push", 202);
        pulled.AddRange(await PullAsync(client, pull.Id, 2));

        // Polls that see the same recordings again add nothing.
        var polls = Polls(0);
        await Until.TrueAsync(() => Polls(0) >= polls + 2, "polling goes on");
        pulled.AddRange(await PullAsync(client, pull.Id, 0));
        foreach (var bodies in new[] { gateway.Subscribers.At("push").Select(r => r.Json).ToList(), pulled })
        {
            Assert.Equal(202, bodies.Count);
            Assert.All(bodies, b => Assert.Equal("reconciliation", b.GetProperty("source").GetString()));
            Assert.Equal(Ids(made), Of(bodies, "recording.ready").ToHashSet(StringComparer.Ordinal));
            Assert.Equal(new[] { made[7].Id, made[11].Id }.Order(StringComparer.Ordinal),
                Of(bodies, "recording.deleted").Order(StringComparer.Ordinal));
        }

        Assert.Equal(200, gateway.Subscribers.At("ready").Count);
        Assert.Equal(
            Ids(made), Of(gateway.Subscribers.At("ready").Select(r => r.Json), "recording.ready").ToHashSet(StringComparer.Ordinal));
        var any = gateway.Subscribers.At("push").First(r => r.Json.GetProperty("eventType").GetString() == "recording.ready");
        Assert.True(any.Json.GetProperty("recordingProcessed").GetBoolean() && any.Json.GetProperty("recordingLinked").GetBoolean());
        Assert.Equal(JsonValueKind.Object, any.Json.GetProperty("crm").ValueKind);
        foreach (var prefix in new[] { "svix-", "webhook-" })
        {
            Assert.True(SvixSignature.Verify(push.Secret!, any.Id, any.Headers[prefix + "timestamp"].ToString(), any.Body,
                any.Headers[prefix + "signature"].ToString()));
        }

        Assert.NotEqual(push.Secret, ready.Secret);

        // History comes when somebody asks for it, to every subscriber too.
        using var backfill = await client.PostAsJsonAsync("/v1/recordings/backfill", new { from = "2026-01-01" }, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, backfill.StatusCode);
        await GetAllAsync("push", 202 + 30);
        await GetAllAsync("ready", 200 + 30);
        Assert.Equal(history, Of(await PullAsync(client, pull.Id, 30), "recording.ready").ToHashSet(StringComparer.Ordinal));
        Assert.Equal(
            history, Of(gateway.Subscribers.At("push").Skip(202).Select(r => r.Json), "recording.ready").ToHashSet(StringComparer.Ordinal));
        Assert.Equal(history,
            Of(gateway.Subscribers.At("ready").Skip(200).Select(r => r.Json), "recording.ready").ToHashSet(StringComparer.Ordinal));
    }

    private IReadOnlyList<Recording> Add(int count, bool linked = true) =>
        gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, count, processed: true, linked, announce: false, TimeSpan.Zero);

    private int Polls(long since) => gateway.Emulator.Journal.Count(SiroHost.External, "/v1/core/recordings", since: since);

    private static HashSet<string> Ids(IEnumerable<Recording> recordings) => recordings.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);

    /// <summary>The recordings of an event type, each of them once.</summary>
    private static List<string> Of(IEnumerable<JsonElement> bodies, string type)
    {
        List<string> ids = [
            .. bodies.Where(b => b.GetProperty("eventType").GetString() == type).Select(b => b.GetProperty("recordingId").GetString()!)];
        Assert.Distinct(ids);
        return ids;
    }

    private Task GetAllAsync(string name, int count) =>
        Until.TrueAsync(() => gateway.Subscribers.At(name).Count >= count, $"{name} gets {count}");

    /// <summary>Reads and acknowledges so many events, and whatever else is there.</summary>
    private static async Task<List<JsonElement>> PullAsync(HttpClient client, string id, int count)
    {
        var payloads = new List<JsonElement>();
        await Until.TrueAsync(
            async () =>
            {
                var page = await client.GetFromJsonAsync<JsonElement>($"/v1/subscriptions/{id}/events?limit=100", Cancel);
                payloads.AddRange(page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("payload")));
                if (page.GetProperty("data").GetArrayLength() > 0)
                {
                    using var acknowledged = await client.PostAsJsonAsync(
                        $"/v1/subscriptions/{id}/events/ack", new { cursor = page.GetProperty("cursor").GetString() }, Cancel);
                    Assert.Equal(HttpStatusCode.OK, acknowledged.StatusCode);
                    return false;
                }

                return payloads.Count >= count;
            },
            $"{count} events are pulled");
        return payloads;
    }

    private static async Task<(string Id, string? Secret)> SubscribeAsync(HttpClient client, object subscription)
    {
        using var made = await client.PostAsJsonAsync("/v1/subscriptions", subscription, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var body = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return (body.GetProperty("id").GetString()!, body.TryGetProperty("secret", out var secret) ? secret.GetString() : null);
    }

    public sealed class Fixture : GatewayFixture, IAsyncLifetime
    {
        internal Subscribers Subscribers { get; private set; } = null!;

        public new async ValueTask InitializeAsync()
        {
            Subscribers = await Subscribers.StartAsync();
            await base.InitializeAsync();
        }

        public new async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Subscribers.DisposeAsync();
        }

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove($"Siro:Organizations:{GatewaySettings.Organization}:WebhookSecrets:0");
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            return Task.CompletedTask;
        }
    }
}
