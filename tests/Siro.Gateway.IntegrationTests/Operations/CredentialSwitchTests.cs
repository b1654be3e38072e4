using System.Collections.Concurrent;
using System.Net.Http.Json;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>Two replicas under load (50 calls a second, uploads, deliveries) change the kind of credential and back, by a reload of the configuration alone.</summary>
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
        using (var created = await admin.PostAsJsonAsync("/v1/subscriptions", new { url = subscribers.Url("all"), events = new[] { "*" } }, Cancel))
        {
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(Cancel));
        }

        await using var load = new Load(one, other);
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
        foreach (var secret in gateway.Emulator.State.Tokens.All.Select(t => t.Value).Append(gateway.Emulator.Default.ClientApp.ClientSecret).Append(gateway.Emulator.Default.ClientSecret))
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{from} -> {to} -> {from} -> {to}: {load.Calls} calls, {load.Uploads} uploads, {load.Events.Count} events, {load.Failures.Count} failed; "
            + $"{gateway.Emulator.Journal.ClientMints(since).Count} client token and {users.Count} user tokens minted");
    }

    /// <summary>50 calls a second over both replicas and both hosts, an upload and an event now and then.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly HttpClient[] _clients;
        private readonly Task _run;
        private int _calls;
        private int _uploads;

        public Load(params GatewayInProcess[] replicas)
        {
            _clients = [.. replicas.Select(r => r.CreateClient())];
            _run = RunAsync();
        }

        public ConcurrentQueue<string> Failures { get; } = new();

        public ConcurrentBag<string> Events { get; } = [];

        public int Calls => Volatile.Read(ref _calls);

        public int Uploads => Volatile.Read(ref _uploads);

        /// <summary>Until another hundred calls and two uploads have been answered.</summary>
        public Task GoesOnAsync()
        {
            var (calls, uploads) = (Calls, Uploads);
            return Until.TrueAsync(() => Calls >= calls + 100 && Uploads >= uploads + 2, "the load goes on", TimeSpan.FromSeconds(60));
        }

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await _run;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _end.Dispose();
            foreach (var client in _clients)
            {
                client.Dispose();
            }
        }

        private async Task RunAsync()
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            var under = new List<Task>();
            for (var n = 0; !_end.IsCancellationRequested; n++)
            {
                var (client, number) = (_clients[n % _clients.Length], n);
                under.Add(CallAsync(client, (n / 2) % 2 == 0 ? "/external/v1/core/recordings" : "/platform/v1/core/recordings"));
                if (n % 25 == 0)
                {
                    under.Add(UploadAsync(client, number));
                }

                if (n % 10 == 0)
                {
                    under.Add(EventAsync(client, number));
                }

                await pace.WaitForNextTickAsync(CancellationToken.None);
            }

            await Task.WhenAll(under);
        }

        private async Task CallAsync(HttpClient client, string path)
        {
            using var answer = await client.GetAsync(path, CancellationToken.None);
            await NoteAsync(path, answer);
            Interlocked.Increment(ref _calls);
        }

        private async Task UploadAsync(HttpClient client, int number)
        {
            var (answer, _) = await client.UploadAsync(Forms.Of(Siro.Gateway.IntegrationTests.Uploads.Recordings.Wav(40_000, number)));
            using (answer)
            {
                await NoteAsync("upload", answer);
            }

            Interlocked.Increment(ref _uploads);
        }

        private async Task EventAsync(HttpClient client, int number)
        {
            var recording = $"rec-switch-{Guid.NewGuid():N}-{number}";
            using var answer = await client.PostWebhookAsync("msg_" + recording, SiroSender.Event(recording));
            await NoteAsync("webhook", answer);
            Events.Add(recording);
        }

        private async Task NoteAsync(string what, HttpResponseMessage answer)
        {
            if (!answer.IsSuccessStatusCode)
            {
                Failures.Enqueue($"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = "1000000";
            settings["Siro:Organizations:acme:ClientCredentials:TokenAddress"] = new Uri(Emulator.Auth, "oauth2/token").AbsoluteUri;
            settings["Siro:Organizations:acme:ClientCredentials:ClientId"] = Emulator.Default.ClientApp.ClientId;
            settings["Siro:Organizations:acme:ClientCredentials:ClientSecret"] = Emulator.Default.ClientApp.ClientSecret;
            settings["Logging:LogLevel:Siro.Gateway.Access"] = "Warning";
            return Task.CompletedTask;
        }
    }
}
