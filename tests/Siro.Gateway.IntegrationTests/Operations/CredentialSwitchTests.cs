using System.Net.Http.Json;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Two replicas under load (50 calls a second, uploads, deliveries) change the kind of credential and back, by a reload of the
/// configuration alone.
/// </summary>
public sealed class CredentialSwitchTests(CredentialSwitchTests.Fixture gateway) : IClassFixture<CredentialSwitchTests.Fixture>
{
    private const string Choice = "Siro:Organizations:acme:Credential";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OrganizationToken", "ClientCredentials")]
    [InlineData("ClientCredentials", "OrganizationToken")]
    [InlineData("OrganizationToken", "Both")]
    public async Task A_fleet_under_load_switches_and_switches_back_without_a_failed_call_and_with_one_mint_each_way(string from, string to)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        using (var store = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration + ",allowAdmin=true"))
        {
            await store.GetServers()[0].FlushAllDatabasesAsync();
        }

        var since = gateway.Emulator.Journal.Last;
        await using var subscribers = await Subscribers.StartAsync();
        await using var one = await gateway.StartInProcessAsync(null, (Choice, from));
        await using var other = await gateway.StartInProcessAsync(null, (Choice, from));
        using (var admin = one.CreateClient())
        using (var created = await admin.PostAsJsonAsync(
            "/v1/subscriptions", new { url = subscribers.Url("all"), events = new[] { "*" } }, Cancel))
        {
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(Cancel));
        }

        await using var load = new SwitchLoad(one.CreateClient(), other.CreateClient());
        await load.GoesOnAsync();
        foreach (var choice in new[] { to, from, to })
        {
            foreach (var replica in new[] { one, other })
            {
                replica.Change((Choice, choice));
            }

            var switched = gateway.Emulator.Journal.Last;
            await load.GoesOnAsync();

            // Calls that were under way at the moment of the switch may still arrive with the kind before.
            var kinds = gateway.Emulator.Journal.Read(switched).Where(e => e.TokenId is not null).Skip(20)
                .Select(e => gateway.Emulator.State.Tokens.ById(e.TokenId!)!.Kind == TokenKind.Client).ToList();
            Assert.NotEmpty(kinds);
            Assert.All(kinds, isClient => Assert.Equal(choice != "OrganizationToken", isClient));
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        await Until.TrueAsync(
            () =>
            {
                var delivered = subscribers.At("all").Where(r => r.Text.Contains("recordingProcessed", StringComparison.Ordinal))
                    .Select(r => r.Json.GetProperty("recordingId").GetString()!).ToHashSet(StringComparer.Ordinal);
                return load.Events.All(delivered.Contains);
            },
            "every acknowledged event is delivered");

        // There: one client token for both replicas. Back: one user token for each user and scope. A second time: neither.
        Assert.Single(gateway.Emulator.Journal.ClientMints(since));
        var users = gateway.Emulator.Journal.Mints(since).Select(m => m.BodyText).ToList();
        Assert.Distinct(users);
        Assert.InRange(users.Count, 1, 2);
        Assert.DoesNotContain(gateway.Emulator.Journal.Read(since), e => e.Status == 401);
        var log = string.Join('\n', one.Log.Concat(other.Log));
        foreach (var secret in gateway.Emulator.State.Tokens.All.Select(t => t.Value).Append(
            gateway.Emulator.Default.ClientApp.ClientSecret).Append(gateway.Emulator.Default.ClientSecret))
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{from} -> {to} -> {from} -> {to}: {load.Calls} calls, {load.Uploads} uploads, {load.Events.Count} events, "
                + $"{load.Failures.Count} failed; "
            + $"{gateway.Emulator.Journal.ClientMints(since).Count} client token and {users.Count} user tokens minted");
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            AddClientApp(settings, Emulator);
            return Task.CompletedTask;
        }

        /// <summary>The emulator's client app beside its older kinds, and nothing else in the way of a switch.</summary>
        internal static void AddClientApp(Dictionary<string, string?> settings, EmulatorHost emulator)
        {
            settings["Budget:Requests"] = "1000000";
            settings["Siro:Organizations:acme:ClientCredentials:TokenAddress"] = new Uri(emulator.Auth, "oauth2/token").AbsoluteUri;
            settings["Siro:Organizations:acme:ClientCredentials:ClientId"] = emulator.Default.ClientApp.ClientId;
            settings["Siro:Organizations:acme:ClientCredentials:ClientSecret"] = emulator.Default.ClientApp.ClientSecret;
            settings["Logging:LogLevel:Siro.Gateway.Access"] = "Warning";
        }
    }
}
