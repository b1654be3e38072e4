using System.Diagnostics;
using System.Text.Json;
using Siro.Emulator;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Operations;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>
/// Three gateways as processes of their own, one Redis that forgets, hangs, dies and comes back, and the emulator's own count of
/// arrivals: 15 in a second. The traffic goes on through all of it.
/// </summary>
public sealed class BudgetOutageTests(BudgetOutageTests.Fleet fleet) : IClassFixture<BudgetOutageTests.Fleet>
{
    private const int Limit = 15;
    private const int Replicas = 3;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReplicaTimeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Whatever_becomes_of_the_store_there_is_no_excess_and_health_and_metrics_say_how_the_budget_is_kept()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var stopped = TestContext.Current.CancellationToken;
        await using var collector = await Collector.StartAsync();
        var gateways = await Task.WhenAll(
            fleet.StartProcessAsync(("Telemetry:OtlpEndpoint", collector.Url), ("Telemetry:OtlpProtocol", "http/protobuf"),
                ("Telemetry:MetricInterval", "00:00:01")),
            fleet.StartProcessAsync(),
            fleet.StartProcessAsync());
        var clients = gateways.Select(g => g.CreateClient()).ToArray();
        using var traffic = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        try
        {
            await ModeAsync(clients, "shared");
            Assert.Equal(0, await AwayAsync(collector, 0));

            // Twice the limit, nearly all of it at one replica, so that the others must not take their whole part when Redis has gone.
            Task[] sending =
            [
                Flood(clients[0], 24, traffic.Token), Flood(clients[1], 3, traffic.Token), Flood(clients[2], 3, traffic.Token),
            ];
            await GoOnAsync(2.5 * Window);
            var shared = Stopwatch.GetTimestamp();

            // It dies. After the first window (and twice the time to notice) each replica has its whole part.
            await fleet.Store.KillAsync();
            var killed = Stopwatch.GetTimestamp();

            // From now on the other two are called as often as the first.
            sending = [.. sending, Flood(clients[1], 21, traffic.Token), Flood(clients[2], 21, traffic.Token)];
            await ModeAsync(clients, "own_share");
            Assert.Equal(1, await AwayAsync(collector, 1));
            await GoOnAsync(Window + (3 * ReplicaTimeout) - Stopwatch.GetElapsedTime(killed));
            var alone = Stopwatch.GetTimestamp();
            await GoOnAsync(3 * Window);
            var restarted = Stopwatch.GetTimestamp();
            await fleet.Store.RestartAsync();
            await ModeAsync(clients, "shared");
            Assert.Equal(0, await AwayAsync(collector, 0));
            await GoOnAsync(ReplicaTimeout + Window);

            // It forgets.
            await using (var admin = await ConnectionMultiplexer.ConnectAsync(fleet.Store.Configuration + ",allowAdmin=true"))
            {
                await admin.GetServers()[0].FlushAllDatabasesAsync();
            }

            await GoOnAsync(ReplicaTimeout + Window);
            var again = Stopwatch.GetTimestamp();
            await GoOnAsync(3 * Window);
            var end = Stopwatch.GetTimestamp();
            if (TestScale.Factor >= 10)
            {
                // It hangs, when the heartbeats have told what is used again.
                await GoOnAsync(3 * Window);
                fleet.Store.Pause();
                await ModeAsync(clients, "own_share");
                await GoOnAsync(3 * Window);
                fleet.Store.Resume();
                await ModeAsync(clients, "shared");
                await GoOnAsync(ReplicaTimeout + Window);
            }

            await traffic.CancelAsync();
            await Task.WhenAll(sending);

            var arrivals = fleet.Emulator.Default.OrganizationToken.Arrivals;
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"most in a window {arrivals.MostIn(Window)}; use: shared {Use(shared - Ticks(2 * Window), shared):0.00}, alone "
                    + $"{Use(alone, restarted):0.00}, again {Use(again, end):0.00}");
            Assert.InRange(arrivals.MostIn(Window), Limit / 2, Limit);
            Assert.InRange(Use(shared - Ticks(2 * Window), shared), 0.5, 1.05);
            Assert.InRange(Use(alone, restarted), 0.5, 1.05);
            Assert.InRange(Use(again, end), 0.5, 1.05);
        }
        finally
        {
            await traffic.CancelAsync();
            Array.ForEach(clients, c => c.Dispose());
            foreach (var gateway in gateways)
            {
                await gateway.DisposeAsync();
            }
        }
    }

    private static Task GoOnAsync(TimeSpan time) =>
        Task.Delay(time > TimeSpan.Zero ? time : TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private double Use(long from, long to) =>
        fleet.Emulator.Default.OrganizationToken.Arrivals.Timestamps.Count(t => t >= from && t < to) / (
            (to - from) / (double)Ticks(Window) * Limit);

    /// <summary>Calls, whatever becomes of them, until it is cancelled.</summary>
    private static async Task Flood(HttpClient client, double perSecond, CancellationToken stop)
    {
        var calls = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            calls.RemoveAll(c => c.IsCompletedSuccessfully);
            calls.Add(CallAsync(client, stop));
            await Task.Delay(TimeSpan.FromSeconds(1 / perSecond), TimeProvider.System, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(calls);
    }

    private static async Task CallAsync(HttpClient client, CancellationToken stop)
    {
        try
        {
            using var answer = await client.GetAsync("/external/v1/core/auth/caller-identity", stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>All replicas say how the budget is kept, and that they know of three.</summary>
    private static async Task ModeAsync(HttpClient[] clients, string mode)
    {
        foreach (var client in clients)
        {
            await Until.TrueAsync(
                async () =>
                {
                    using var health = JsonDocument.Parse(
                        await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
                    var budget = health.RootElement.GetProperty("budget");
                    return budget.GetProperty("mode").GetString() == mode && budget.GetProperty("replicas").GetInt32() == Replicas;
                },
                $"the budget is kept '{mode}' among {Replicas}");
        }
    }

    /// <summary>Waits until the metric has the value.</summary>
    private static async Task<long> AwayAsync(Collector collector, long expected)
    {
        await Until.TrueAsync(() => collector.Gauge("siro.gateway.budget.store_away") == expected,
            $"siro.gateway.budget.store_away is {expected}");
        return expected;
    }

    public sealed class Fleet : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0, RateWindow = Window };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            // How soon a store that hangs is noticed is what this is about.
            settings["Redis:Configuration"] = Store.Configuration;
            settings["Budget:Requests"] = "15";
            settings["Budget:WindowSeconds"] = "1";
            settings["Budget:MaxWait"] = "00:00:01";
            settings["Budget:ReplicaTimeout"] = "00:00:02";
            return Task.CompletedTask;
        }
    }
}
