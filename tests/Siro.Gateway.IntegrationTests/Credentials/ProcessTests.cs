using System.Net;
using System.Text;
using Siro.Emulator;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>Three gateways as processes, called from outside.</summary>
public class ProcessTests(ProcessTests.Fleet fleet) : IClassFixture<ProcessTests.Fleet>
{
    private const string Path = "/platform/v1/core/recordings";

    [Fact]
    public async Task Three_hundred_cold_calls_cause_one_mint()
    {
        var user = fleet.NewUser();
        await Task.WhenAll(
            Enumerable.Range(0, 300).Select(async i => Assert.Equal(HttpStatusCode.OK, (await fleet.GetAsync(i, user)).Status)));
        Assert.Single(fleet.Mints(user));
        Assert.All(fleet.Emulator.Journal.Read(host: SiroHost.Platform).Where(e => e.UserId == user), e => Assert.Equal(200, e.Status));
    }

    [Fact]
    public async Task A_minter_that_dies_or_is_paused_in_the_middle_is_taken_over_from()
    {
        var killed = await fleet.StartProcessAsync();
        var paused = await fleet.StartProcessAsync();
        await using var endKilled = killed;
        await using var endPaused = paused;
        var (one, other, known) = (fleet.NewUser(), fleet.NewUser(), fleet.NewUser());
        await Task.WhenAll(fleet.GetAsync(killed.CreateClient(), known), fleet.GetAsync(paused.CreateClient(), known));

        // Siro mints, but its first two answers take their time: enough to be paused and killed in.
        fleet.Emulator.Faults.Add(new FaultRule { Name = "slow mint", Path = "/v1/core/oauth/**", When = FaultMoment.Processed,
            Stall = TimeSpan.FromSeconds(8), Times = 2 });
        var late = fleet.GetAsync(paused.CreateClient(), other);
        await Until.TrueAsync(() => fleet.Mints(other).Count == 1, "the mint of the one to be paused has arrived");
        paused.Pause();
        var lost = fleet.GetAsync(killed.CreateClient(), one);
        await Until.TrueAsync(() => fleet.Mints(one).Count == 1, "the mint of the one to be killed has arrived");
        await killed.KillAsync();
        var served = Enumerable.Range(0, 30).Select(i => fleet.GetAsync(i, i % 2 == 0 ? one : other)).ToArray();
        Assert.All(await Task.WhenAll(served), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(2, fleet.Mints(one).Count);
        Assert.Equal(2, fleet.Mints(other).Count);
        var token = Assert.Single(TokensUsedFor(other));

        // The paused one comes back with a token of its own, and can't put it in the fleet's place.
        paused.Resume();
        Assert.Equal(HttpStatusCode.OK, (await late).Status);
        await paused.Process.LineAsync("minted too late");
        await using var newcomer = await fleet.StartProcessAsync();
        var before = fleet.Emulator.Journal.Last;
        Assert.Equal(HttpStatusCode.OK, (await fleet.GetAsync(newcomer.CreateClient(), other)).Status);
        Assert.Equal(token, Assert.Single(TokensUsedFor(other, before)));

        // What became of the killed one's own caller is the network's matter.
        await ((Task)lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        fleet.Emulator.Faults.Clear("slow mint");
    }

    [Fact]
    public async Task No_token_or_secret_is_found_in_clear_anywhere()
    {
        var user = fleet.NewUser();
        var bodies = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            bodies.Add((await fleet.GetAsync(i, user)).Body);
        }

        // Errors too: a refused user, a revoked token, an app's secret that is wrong, a Siro that fails.
        bodies.Add((await fleet.GetAsync(0, "nobody")).Body);
        foreach (var token in fleet.Emulator.State.Tokens.All.Where(t => t.User?.Id == user))
        {
            token.RevokedAt = DateTimeOffset.MinValue;
        }

        bodies.Add((await fleet.GetAsync(0, user)).Body);
        fleet.Emulator.Faults.Add(
            new FaultRule { Name = "canary", Path = "/v1/core/oauth/**", Status = 500, Body = "{\"error\":\"boom\"}" });
        bodies.Add((await fleet.GetAsync(0, fleet.NewUser())).Body);
        fleet.Emulator.Faults.Clear("canary");
        await using var misconfigured = await fleet.StartProcessAsync(("Siro:Organizations:acme:OAuth:ClientSecret", "sirosecret_canary"));
        bodies.Add((await fleet.GetAsync(misconfigured.CreateClient(), user)).Body);

        var haystack = new StringBuilder(string.Join('\n', bodies));
        haystack.AppendJoin('\n', fleet.Processes.Append(misconfigured).SelectMany(p => p.Output));
        await using var client = await ConnectionMultiplexer.ConnectAsync(fleet.Store.Configuration);
        haystack.Append(await DumpAsync(client));
        var text = haystack.ToString();
        Assert.Contains("siro_token_unavailable", text, StringComparison.Ordinal);
        Assert.Contains("user_forbidden", text, StringComparison.Ordinal);
        Assert.Contains("sg:{token:", text, StringComparison.Ordinal);
        Assert.NotEmpty(fleet.Emulator.State.Tokens.All);
        foreach (var secret in fleet.Emulator.State.Tokens.All.Select(t => t.Value).Append(fleet.Emulator.Default.ClientSecret).Append(
            "sirosecret_canary"))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    private IEnumerable<string?> TokensUsedFor(string user, long since = 0) =>
        fleet.Emulator.Journal.Read(since, SiroHost.Platform).Where(e => e.UserId == user).Select(e => e.TokenId).Distinct();

    /// <summary>Every key with its value, as text.</summary>
    private static async Task<string> DumpAsync(ConnectionMultiplexer client)
    {
        var text = new StringBuilder();
        var database = client.GetDatabase();
        await foreach (var key in client.GetServers()[0].KeysAsync())
        {
            object value = await database.KeyTypeAsync(key) switch
            {
                RedisType.String => await database.StringGetAsync(key),
                RedisType.Hash => string.Join(' ', (await database.HashGetAllAsync(key)).Select(e => $"{e.Name}={e.Value}")),
                RedisType.Set => string.Join(' ', await database.SetMembersAsync(key)),
                RedisType.SortedSet => string.Join(' ', (await database.SortedSetRangeByRankAsync(key)).Select(e => e.ToString())),
                RedisType.List => string.Join(' ', await database.ListRangeAsync(key)),
                var other => other,
            };
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n{key} {value}");
        }

        return text.ToString();
    }

    /// <summary>Three processes, one emulator, one Redis.</summary>
    public sealed class Fleet : GatewayFixture, IAsyncLifetime
    {
        private readonly List<GatewayProcess> _processes = [];
        private HttpClient[] _clients = [];

        public IReadOnlyList<GatewayProcess> Processes => _processes;

        protected override bool StartsGateway => false;

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            _processes.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartProcessAsync())));
            await Task.WhenAll(_processes.Select(p => p.ReadyAsync()));
            _clients = [.. _processes.Select(p => p.CreateClient())];
        }

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            foreach (var process in _processes)
            {
                await process.DisposeAsync();
            }

            await DisposeAsync();
        }

        public string NewUser() => Emulator.State.AddUsers(Emulator.Default.Organization, 1)[0].Id;

        public IReadOnlyList<Siro.Emulator.Journal.JournalEntry> Mints(string user) =>
            [.. Emulator.Journal.Mints().Where(m => m.BodyText.Contains(user, StringComparison.Ordinal))];

        public Task<(HttpStatusCode Status, string Body)> GetAsync(int process, string user) =>
            GetAsync(_clients[process % _clients.Length], user);

        public async Task<(HttpStatusCode Status, string Body)> GetAsync(HttpClient client, string user)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Path);
            request.Headers.Add("Siro-User", user);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Logging:LogLevel:Siro.Gateway"] = "Trace";
            settings["Budget:Requests"] = "100000";
            return Task.CompletedTask;
        }
    }
}
