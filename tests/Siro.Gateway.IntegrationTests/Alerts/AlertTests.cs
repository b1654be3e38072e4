using System.Net;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Alerts;

/// <summary>Two replicas, real faults: each alert is told once, to the operators' webhook and as an event, and so is its end.</summary>
[Long]
public sealed class AlertTests(AlertTests.Fixture gateway) : IClassFixture<AlertTests.Fixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failing_subscriber_is_told_of_on_its_way_to_being_disabled_and_again_when_it_has_recovered()
    {
        using var admin = gateway.CreateClient();
        gateway.Applications.Answer("failing", 500);
        var failing = await SubscribeAsync(admin, "failing", "trigger.*");
        await SubscribeAsync(admin, "watching", "subscription.*");

        await Until.TrueAsync(
            async () =>
            {
                await EmitAsync("trigger.failing");
                return Told("subscription.failing", failing).Any(a => a.Level == 100);
            },
            "it is disabled and told of",
            TimeSpan.FromSeconds(90));
        var levels = Told("subscription.failing", failing).Select(a => a.Level).ToList();
        Assert.Equal(levels.Distinct().Order(), levels);
        Assert.Empty(levels.Except([50, 70, 90, 100]));
        Assert.True(levels.Count > 1, string.Join(' ', levels));

        // More than the one dead letter that may be: replayed, they are none any more.
        await Until.TrueAsync(() => Told("deliveries.dead", "deliveries").Count == 1, "dead letters are told of");
        gateway.Applications.Answer("failing", 200);
        await PostAsync(admin, $"/v1/subscriptions/{failing}/enable");
        await Until.TrueAsync(() => Told("subscription.recovered", failing).Count == 1, "its end is told");
        await PostAsync(admin, $"/v1/subscriptions/{failing}/replay");
        await Until.TrueAsync(() => Told("deliveries.recovered", "deliveries").Count == 1, "the end of the dead letters is told");

        // The same as events that another subscription takes.
        await Until.TrueAsync(() => Events("watching").Any(e => e.Type == "subscription.recovered"), "the other subscription has its end");
        Assert.Equal([.. levels.Select(l => $"subscription.failing {l}"), "subscription.recovered"], Events("watching")
            .Where(e => e.Subscription == failing && e.Type != "subscription.disabled").Select(
                e => e.Percent is { } percent ? $"{e.Type} {percent}" : e.Type));
        Assert.Single(Told("subscription.recovered", failing));
    }

    [Fact]
    public async Task Tokens_that_Siro_does_not_mint_are_told_of_once_and_so_is_their_end()
    {
        gateway.Emulator.Faults.Add(
            new FaultRule { Name = "no mint", Path = "/v1/core/oauth/**", Status = 401, Body = """{"error":"Invalid client secret"}""" });
        await Until.TrueAsync(
            async () =>
            {
                await CallAsync(gateway.Users[1]);
                return Told("tokens.failing", "user_tokens").Count == 1;
            },
            "it is told");
        gateway.Emulator.Faults.Clear("no mint");
        await Until.TrueAsync(async () => await CallAsync(gateway.Users[1]) == HttpStatusCode.OK, "a token is minted");
        await Until.TrueAsync(() => Told("tokens.recovered", "user_tokens").Count == 1, "its end is told");
        Assert.Single(Told("tokens.failing", "user_tokens"));
    }

    [Fact]
    public async Task A_budget_that_is_used_up_is_told_of_once_and_so_is_its_end()
    {
        using var tight = gateway.CreateClient(Fixture.TightKey);
        await Until.TrueAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => tight.GetAsync("/external/v1/core/recordings", Cancel)));
                return Told("budget.used_up", "organization_token").Count == 1;
            },
            "it is told");
        await Until.TrueAsync(() => Told("budget.recovered", "organization_token").Count == 1, "its end is told");
        var told = Assert.Single(Told("budget.used_up", "organization_token"));
        Assert.All(gateway.Applications.At("ops"), r => Assert.True(WebhookTest.Verifies(r, Fixture.Secret), "an alert is not signed"));
        Assert.Equal("tight", told.Organization);
    }

    [Fact]
    public async Task Siro_s_breaker_is_told_of_once_although_the_webhook_fails_at_first_which_holds_up_no_event()
    {
        gateway.Applications.Behave("ops", (context, received) =>
        {
            context.Response.StatusCode = received.Text.Contains("siro.unavailable", StringComparison.Ordinal)
                && gateway.Attempts("siro.unavailable") == 1 ? 500 : 200;
            return Task.CompletedTask;
        });
        gateway.Emulator.Faults.Add(new FaultRule { Name = "down", Host = "external", Path = "/v1/core/**", Status = 503 });
        using var admin = gateway.CreateClient();
        await Until.TrueAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => admin.GetAsync("/external/v1/core/recordings", Cancel)));
                return gateway.Attempts("siro.unavailable") > 0;
            },
            "the webhook is tried");
        await Until.TrueAsync(
            async () =>
                (await admin.GetStringAsync("/v1/events?type=siro.unavailable", Cancel)).Contains(
                    "siro.unavailable", StringComparison.Ordinal), "the event is there whatever the webhook answers");
        await Until.TrueAsync(() => gateway.Attempts("siro.unavailable") == 2, "the webhook is tried again");
        gateway.Emulator.Faults.Clear("down");
        await Until.TrueAsync(
            async () =>
            {
                await admin.GetAsync("/external/v1/core/recordings", Cancel);
                return Told("siro.recovered", "external").Count == 1;
            },
            "its end is told");
        Assert.Equal(2, gateway.Attempts("siro.unavailable"));
        Assert.Single(Told("siro.unavailable", "external"));
    }

    /// <summary>What the operators' webhook was told, each once whatever was tried how often.</summary>
    private List<(string Id, int Level, string? Organization)> Told(string type, string subject) =>
        [.. gateway.Applications.At("ops").Select(r => r.Json)
            .Where(a => a.GetProperty("type").GetString() == type && a.GetProperty("subject").GetString() == subject)
            .Select(a => (a.GetProperty("id").GetString()!, a.GetProperty("level").GetInt32(), a.GetProperty("organization").GetString()))
            .DistinctBy(a => a.Item1)];

    private IEnumerable<(string Type, string? Subscription, int? Percent)> Events(string name) =>
        gateway.Applications.At(name).Select(r => r.Json).Select(e => (
        e.GetProperty("eventType").GetString()!,
        e.TryGetProperty("subscriptionId", out var id) ? id.GetString() : null,
        e.TryGetProperty("percent", out var percent) ? percent.GetInt32() : (int?)null));

    private async Task<HttpStatusCode> CallAsync(string user)
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/platform/v1/core/recordings");
        request.Headers.Add("Siro-User", user);
        using var answer = await writer.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    /// <summary>Sent again while the store is too slow to confirm it, as Svix does.</summary>
    private async Task EmitAsync(string type)
    {
        using var anyone = gateway.CreateClient(apiKey: null);
        var id = "msg_" + Guid.CreateVersion7().ToString("N");
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await anyone.PostWebhookAsync(id, $$"""{"eventType":"{{type}}"}""");
                return answer.StatusCode != HttpStatusCode.ServiceUnavailable && answer.EnsureSuccessStatusCode().IsSuccessStatusCode;
            },
            "the event is acknowledged");
    }

    private async Task<string> SubscribeAsync(HttpClient client, string name, string events) =>
        (await PostAsync(client, "/v1/subscriptions",
            $$"""{"url":"{{gateway.Applications.Url(name)}}","events":["{{events}}"]}""")).GetProperty("id").GetString()!;

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, string body = "{}")
    {
        using var answer = await client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public sealed class Fixture : GatewayFixture
    {
        public const string TightKey = "sgw_test-tight-0000000000000000000000000000000000";

        /// <summary>Signs what the operators' webhook is told.</summary>
        public const string Secret = "whsec_YWxlcnRzLXRlc3Qtc2VjcmV0LW9mLTMyLWJ5dGVzIS4=";

        private GatewayInProcess? _other;

        internal Subscribers Applications { get; private set; } = null!;

        /// <summary>How often the webhook was asked to take an alert of this type.</summary>
        public int Attempts(string type) => Applications.At("ops").Count(r => r.Json.GetProperty("type").GetString() == type);

        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            Applications = await Subscribers.StartAsync();
            settings["Alerts:Interval"] = "00:00:01";
            settings["Alerts:Quiet"] = "00:00:03";
            settings["Alerts:DeadLetters"] = "1";
            settings["Alerts:Webhook:Url"] = Applications.Url("ops");
            settings["Alerts:Webhook:Secret"] = Secret;
            settings["Alerts:Webhook:AllowedNetworks:0"] = "127.0.0.0/8";
            settings["Webhooks:DisableAfter"] = "00:00:15";
            settings["Webhooks:RetrySchedule:0"] = "00:00:00";
            settings["Webhooks:RetrySchedule:1"] = "00:00:00.2";
            GatewaySettings.TightOrganization(settings, Emulator, TightKey);
        }

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            _other = await StartInProcessAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            if (_other is not null)
            {
                await _other.DisposeAsync();
            }

            await Applications.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
