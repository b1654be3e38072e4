using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Alerts;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.OperatorConsole.Sessions;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.OperatorConsole;

/// <summary>Sessions of the console, without a browser.</summary>
public sealed class SessionTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task What_a_session_changes_is_in_the_audit_with_the_key_behind_it_and_its_target()
    {
        using var session = await ConsoleSession.BeginAsync(Fixture.Gateway, GatewaySettings.WriterKey);
        var (id, _, _) = await SubscribeAsync();

        await JsonAsync(await session.PostAsync($"/v1/subscriptions/{id}/disable", null, Cancel));

        var who = "by key:" + GatewaySettings.HashOf(GatewaySettings.WriterKey)["sha256:".Length..][..12];
        var line = await AuditedAsync($"POST /v1/subscriptions/{{id}}/disable");
        Assert.Contains(" writer acme ", line, StringComparison.Ordinal);
        Assert.EndsWith($"{who} on {id}", line, StringComparison.Ordinal);
        Assert.EndsWith(who, await AuditedAsync("POST /v1/session"), StringComparison.Ordinal);

        // A caller with a credential of its own is its client, as before.
        await JsonAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/enable", null, Cancel));
        Assert.EndsWith("aborted=False", await AuditedAsync("POST /v1/subscriptions/{id}/enable"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_says_who_disabled_it()
    {
        var (id, _, _) = await SubscribeAsync();
        await PostAsync($"/v1/subscriptions/{id}/disable");
        Assert.Equal(("writer", null), By(await GetAsync("/v1/subscriptions/" + id)));
        Assert.Equal((null, null), By(await PostAsync($"/v1/subscriptions/{id}/enable")));

        // A person's session: the client, and who used it.
        var store = Service<SessionStore>();
        var session = await store.BeginAsync(
            new Session("admin", [GatewaySettings.HashOf(GatewaySettings.AdminKey)], [], "ann@example.com",
                TimeProvider.System.GetUtcNow(), "5e6f-ann"), Cancel);
        using var ann = Fixture.Gateway.CreateClient(apiKey: null);
        ann.DefaultRequestHeaders.TryAddWithoutValidation("Cookie", $"{Credential.SessionCookie}={session}");
        ann.DefaultRequestHeaders.TryAddWithoutValidation("Siro-Console", "1");
        await JsonAsync(await ann.PostAsync($"/v1/subscriptions/{id}/disable", null, Cancel));
        var shown = await GetAsync("/v1/subscriptions/" + id);
        Assert.Equal(("admin", "5e6f-ann"), By(shown));

        // What was read can be sent back, and disabling it again leaves it to the first.
        await JsonAsync(await Writer.PutAsync("/v1/subscriptions/" + id, Text(shown.GetRawText()), Cancel));
        Assert.Equal(("admin", "5e6f-ann"), By(await PostAsync($"/v1/subscriptions/{id}/disable")));

        static (string? Client, string? Person) By(JsonElement s) => (
            s.TryGetProperty("disabledBy", out var client) ? client.GetString() : null,
            s.TryGetProperty("disabledByPerson", out var person) ? person.GetString() : null);
    }

    [Fact]
    public async Task A_session_lasts_eight_hours_from_the_last_request_and_a_day_at_most()
    {
        var time = new Clock();
        var store = new SessionStore(Service<RedisStore>(), Service<StoreCipher>(), Service<Randomness>(), time);
        var id = await store.BeginAsync(new Session("admin", ["sha256:0"], [], null, time.GetUtcNow()), Cancel);

        Assert.InRange(await LeftAsync(), TimeSpan.FromHours(7.9), TimeSpan.FromHours(8));
        time.Now += TimeSpan.FromHours(15);
        Assert.NotNull(await store.FindAsync(id, Cancel));
        Assert.InRange(await LeftAsync(), TimeSpan.FromHours(7.9), TimeSpan.FromHours(8));
        time.Now += TimeSpan.FromHours(3);
        Assert.NotNull(await store.FindAsync(id, Cancel));
        Assert.InRange(await LeftAsync(), TimeSpan.FromHours(5.9), TimeSpan.FromHours(6));
        time.Now += TimeSpan.FromHours(6);
        Assert.Null(await store.FindAsync(id, Cancel));

        async Task<TimeSpan> LeftAsync() => await Service<RedisStore>().QueryAsync(
            async database =>
            {
                var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)));
                return (await database.KeyTimeToLiveAsync(Siro.Gateway.OperatorConsole.ConsoleKeys.Session(hash)))!.Value;
            },
            Cancel);
    }

    [Fact]
    public async Task A_key_is_tried_ten_times_in_five_minutes_and_no_more()
    {
        using var client = Fixture.CreateClient("sgw_nobody-has-this-one");
        for (var i = 0; i < 10; i++)
        {
            using var refused = await client.PostAsync("/v1/session", null, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await ProblemAsync(await client.PostAsync("/v1/session", null, Cancel), 429, "too_many_attempts");
    }

    [Fact]
    public async Task Tokens_that_can_not_be_minted_are_on_the_overview_with_what_to_do()
    {
        var alerts = Fixture.Gateway.Services.GetRequiredService<AlertStore>();
        await alerts.ObserveAsync(GatewaySettings.Organization, new AlertKey(AlertKind.TokensFailing, "user_tokens"), 1,
            "Siro refuses the OAuth app.", Cancel);

        var problem = await Until.GetAsync<object>(
            async () => (await GetAsync("/v1/overview", Admin)).GetProperty("problems").EnumerateArray()
                .FirstOrDefault(p => p.GetProperty("code")
                .GetString() == "tokens_failing") is { ValueKind: System.Text.Json.JsonValueKind.Object } found
                ? found
                : null,
            "the overview tells it");

        var told = (System.Text.Json.JsonElement)problem;
        Assert.Equal(("critical", "User tokens can't be minted"),
            (told.GetProperty("severity").GetString(), told.GetProperty("title").GetString()));
        Assert.Equal("siro-gateway doctor", told.GetProperty("action").GetProperty("command").GetString());
    }

    private Task<string> AuditedAsync(string operation) => Until.GetAsync(
        () => Task.FromResult(Fixture.Gateway.Log.LastOrDefault(l => l.Contains("[1601]", StringComparison.Ordinal)
            && l.Contains($" {operation}", StringComparison.Ordinal))), $"'{operation}' is in the audit");

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
