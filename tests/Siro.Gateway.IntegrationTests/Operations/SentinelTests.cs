using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>A whole gateway behind Sentinel: the primary is killed, a replica promoted, and nobody touches the gateway.</summary>
public sealed class SentinelTests(SentinelTests.Fixture gateway) : IClassFixture<SentinelTests.Fixture>
{
    [Fact]
    public async Task When_the_primary_dies_calls_go_on_webhooks_wait_for_the_promotion_and_what_was_acknowledged_is_delivered()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1 {primary.Port}"));
        await using var sentinel = await RedisServer.StartSentinelAsync(primary.Port);
        await Until.TrueAsync(async () => (await sentinel.CommandAsync("SENTINEL REPLICAS siro")).Contains(replica.Port.ToString(
            CultureInfo.InvariantCulture), StringComparison.Ordinal), "the sentinel knows the replica");
        await using var subscribers = await Subscribers.StartAsync();
        (string, string?)[] changes = [("Redis:Configuration", $"{sentinel.Configuration},serviceName=siro")];
        await using var started = await gateway.StartInProcessAsync(null, changes);
        using var client = started.CreateClient();
        using (var made = await client.PostAsJsonAsync(
            "/v1/subscriptions", new { url = subscribers.Url("sentinel"), events = new[] { "*" } }, TestContext.Current.CancellationToken))
        {
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        await TakenAsync(client, "before");
        await Until.TrueAsync(
            () => subscribers.At("sentinel").Any(r => r.Text.Contains("rec-before", StringComparison.Ordinal)), "the event is delivered");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        await Until.TrueAsync(async () => (await replica.CommandAsync("INFO replication")).Contains("master_link_status:up",
            StringComparison.Ordinal), "the replica has all");

        await primary.KillAsync();
        var refused = 0;
        await Until.TrueAsync(
            async () =>
            {
                // A token in memory needs no store. Not for as long as it takes: the budget ends somewhere.
                Assert.True(refused > 100 || await StatusAsync(client) == HttpStatusCode.OK, "a call was refused");
                using var answer = await client.PostWebhookAsync("msg_after", SiroSender.Event("rec-after"));
                refused += answer.StatusCode == HttpStatusCode.ServiceUnavailable ? 1 : 0;
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable,
                    $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                return answer.IsSuccessStatusCode;
            },
            "the webhook is taken by the new primary",
            TimeSpan.FromSeconds(60));
        Assert.Contains("master", await replica.CommandAsync("ROLE"), StringComparison.Ordinal);
        await Until.TrueAsync(() => subscribers.At("sentinel").Any(r => r.Text.Contains("rec-after", StringComparison.Ordinal)),
            "the event is delivered");
        await Until.TrueAsync(async () => (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken)).Contains(
            "\"ready\"", StringComparison.Ordinal), "it is ready again");

        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { [changes[0].Item1] = changes[0].Item2 };
        var (exit, findings, text) = await DoctorTests.ExamineAsync(settings);
        Assert.True(exit == 0, text);
        Assert.Contains(findings, f => f is { Subject: "server", Verdict: "ok" }
            && f.What.Contains(string.Create(CultureInfo.InvariantCulture,
            $"127.0.0.1:{replica.Port}, which sentinel names as the primary of 'siro'"), StringComparison.Ordinal));
    }

    private static async Task TakenAsync(HttpClient client, string name)
    {
        using var answer = await client.PostWebhookAsync("msg_" + name, SiroSender.Event("rec-" + name));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/platform/v1/core/recordings", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
