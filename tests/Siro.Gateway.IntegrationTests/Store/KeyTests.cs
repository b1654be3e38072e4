using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Calls;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Store;

public sealed class KeyTests(KeyTests.Fixture gateway) : IClassFixture<KeyTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_key_of_a_busy_gateway_is_one_that_the_docs_list_with_its_type_and_expiry()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = await RedisServer.StartAsync();
        await using var subscribers = await Subscribers.StartAsync();
        await using var started = await gateway.StartInProcessAsync(
            null,
            ("Redis:Configuration", redis.Configuration),
            ("Reconciliation:Enabled", "true"),
            ("Reconciliation:Interval", "00:00:01"));
        await PlayAsync(started, subscribers);

        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var (server, database) = (connection.GetServers()[0], connection.GetDatabase());
        var found = new Dictionary<KeyPattern, string>();
        foreach (var key in server.Keys(pattern: "*", pageSize: 1000).Select(k => k.ToString()).ToList())
        {
            var (type, left) = (await database.KeyTypeAsync(key), await database.KeyTimeToLiveAsync(key));
            var patterns = KeyPattern.All.Select(p => p.Pattern).Where(p => p.Matches(key)).ToList();
            Assert.True(patterns.Count == 1, $"{key} is of {patterns.Count} patterns");

            // It may have been removed in the meantime.
            if (type != RedisType.None)
            {
                var pattern = patterns[0];
                Assert.True(type.ToString() == pattern.Type.ToString(), $"{key} is a {type}, not a {pattern.Type}");
                Assert.True(pattern.Expires is null == left is null, $"{key} expires in {left}; declared is '{pattern.Expires}'");
                found[pattern] = key;
            }
        }

        var missing = KeyPattern.All.Where(p => !found.ContainsKey(p.Pattern)).Select(p => p.Pattern.Text).ToList();
        var seen = $"{found.Count} of {KeyPattern.All.Count} patterns were seen; not seen: {string.Join(", ", missing)}";
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.True(found.Count >= 40, seen);
    }

    private static async Task PlayAsync(GatewayInProcess started, Subscribers subscribers)
    {
        using var client = started.CreateClient();
        var all = new[] { "*" };
        await OkAsync(client.PostAsJsonAsync(
            "/v1/subscriptions", new { url = subscribers.Url("keys"), events = all, order = "recording", ratePerSecond = 1000 }, Cancel));
        var pull = await OkAsync(client.PostAsJsonAsync("/v1/subscriptions", new { pull = true, events = all }, Cancel));
        var gone = await OkAsync(client.PostAsJsonAsync("/v1/subscriptions", new { url = subscribers.Url("gone"), events = all }, Cancel));
        subscribers.Behave("gone", (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await OkAsync(client.PostWebhookAsync("msg_keys", SiroSender.Event("rec-keys")));
        await Until.TrueAsync(() => subscribers.At("keys").Count > 0 && subscribers.At("gone").Count > 0, "the event is delivered");
        var batch = await OkAsync(client.GetAsync($"/v1/subscriptions/{Id(pull)}/events", Cancel));
        var read = new { cursor = batch.GetProperty("cursor") };
        await OkAsync(client.PostAsJsonAsync($"/v1/subscriptions/{Id(pull)}/events/ack", read, Cancel));
        var filter = new { since = "2026-01-01T00:00:00Z" };
        await OkAsync(client.PostAsJsonAsync($"/v1/subscriptions/{Id(gone)}/replay", filter, Cancel));

        var (uploaded, upload) = await client.UploadAsync(Forms.Of(Uploads.Recordings.Wav(30_000)), key: "keys");
        Assert.True(uploaded.IsSuccessStatusCode, upload.ToString());
        await client.PostCallAsync("keys", new Uri(subscribers.Url("recording")));
        await OkAsync(client.PutAsync("/v1/sync/opportunities", JsonContent.Create(Array.Empty<object>()), Cancel));
        await OkAsync(client.PostAsJsonAsync("/v1/recordings/backfill", new { from = "2026-01-01" }, Cancel));
        await OkAsync(client.GetAsync("/v1/people?email=rep1@example.com", Cancel));
        await OkAsync(client.GetAsync("/platform/v1/core/recordings", Cancel));
        await OkAsync(client.PostAsync("/v1/session", null, Cancel));
        await OkAsync(client.GetAsync("/v1/overview", Cancel));
    }

    private static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync(Cancel);
        var path = response.RequestMessage?.RequestUri?.AbsolutePath;
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return text.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(text) : default;
    }

    private static string Id(JsonElement subscription) => subscription.GetProperty("id").GetString()!;

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
