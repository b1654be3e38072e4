using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Faults = System.Collections.Generic.Dictionary<
    string, System.Func<Siro.Gateway.IntegrationTests.Operations.Chaos.ChaosFixture, System.TimeSpan, System.Threading.Tasks.Task>>;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>Everything that is done to the gateways and to what they need. Each fault is over when its task is.</summary>
internal static class ChaosFaults
{
    /// <summary>Past every lease: those of jobs, of the fan-out and of mints.</summary>
    private static readonly TimeSpan PastLeases = TimeSpan.FromSeconds(12);

    /// <summary>By what happens; each is told how long it lasts.</summary>
    public static IReadOnlyDictionary<string, Func<ChaosFixture, TimeSpan, Task>> All { get; } = new Faults(StringComparer.Ordinal)
    {
        ["a gateway is killed and started again"] = (f, hold) => f.ReplaceAsync(0, hold),
        ["a gateway stands still past its leases"] = async (f, _) =>
        {
            f.Processes[1].Pause();
            await WaitAsync(PastLeases);
            f.Processes[1].Resume();
        },
        ["the store is killed and started again"] = async (f, hold) =>
        {
            await f.Redis.KillAsync();
            await WaitAsync(hold);
            await f.Redis.RestartAsync();
        },
        ["the store stands still"] = async (f, hold) =>
        {
            f.Redis.Pause();
            await WaitAsync(hold);
            f.Redis.Resume();
        },
        ["the store is full"] = (f, hold) => BetweenAsync(f, hold, "CONFIG SET maxmemory 1000000", "CONFIG SET maxmemory 0"),
        ["the store is read-only"] = (f, hold) => BetweenAsync(f, hold, $"REPLICAOF 127.0.0.1 {FreePort.Take(1)[0]}", "REPLICAOF NO ONE"),
        ["the store is emptied"] = async (f, hold) =>
        {
            // What only the store had is gone with it: nothing may be under way.
            using (await f.Load.PauseAsync())
            {
                await f.Load.SettledAsync(TimeSpan.FromSeconds(60));
                Assert.Contains("OK", await f.Redis.CommandAsync("FLUSHALL"), StringComparison.Ordinal);
            }

            await WaitAsync(hold);
        },
        ["the network to the store is slow"] = async (f, hold) =>
        {
            f.StoreNetwork.Delay = TimeSpan.FromMilliseconds(200);
            await WaitAsync(hold);
            f.StoreNetwork.Delay = TimeSpan.Zero;
        },
        ["the network to the store is cut"] = (f, hold) => CutAsync(f.StoreNetwork, hold),
        ["Siro cannot be reached"] = (f, hold) => CutAsync(f.SiroNetwork, hold),
        ["Siro is slow"] = (f, hold) => FaultAsync(f, hold, new FaultRule { Stall = TimeSpan.FromSeconds(1.5), When = FaultMoment.Body }),
        ["Siro fails"] = (f, hold) => FaultAsync(f, hold, new FaultRule { Status = 503, When = FaultMoment.Arrival }),
        ["Siro does it and fails to say so"] = (f, hold) => FaultAsync(
            f, hold, new FaultRule { Status = 500, When = FaultMoment.Processed, Probability = 0.5 }),
        ["Siro hangs up"] = (f, hold) => FaultAsync(f, hold, new FaultRule { Drop = true, When = FaultMoment.Body, Probability = 0.7 }),
        ["Siro limits"] = (f, hold) => FaultAsync(f, hold, new FaultRule
        {
            Host = "external",
            Status = 429,
            Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Retry-After"] = "1" },
        }),
        ["the identity provider is down"] = async (f, hold) =>
        {
            f.Provider.Answers = false;
            await WaitAsync(hold);
            f.Provider.Answers = true;
        },
        ["a clock is set an hour forward"] = (f, hold) => ClockAsync(f, hold, TimeSpan.FromHours(1)),
        ["a clock is set an hour back"] = (f, hold) => ClockAsync(f, hold, TimeSpan.FromHours(-1)),
        ["Siro's name does not resolve"] = async (f, hold) =>
        {
            const string Address = "ReverseProxy:Clusters:external:Destinations:siro:Address";
            f.Gateway.Change((Address, "http://siro.invalid/"));
            await WaitAsync(hold);
            f.Gateway.Change((Address, f.Settings[Address]));
        },
    };

    private static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task BetweenAsync(ChaosFixture fixture, TimeSpan hold, string begin, string end)
    {
        Assert.Contains("OK", await fixture.Redis.CommandAsync(begin), StringComparison.Ordinal);
        await WaitAsync(hold);
        Assert.Contains("OK", await fixture.Redis.CommandAsync(end), StringComparison.Ordinal);
    }

    private static async Task CutAsync(TcpRelay network, TimeSpan hold)
    {
        await network.CutAsync();
        await WaitAsync(hold);
        network.Restore();
    }

    private static async Task FaultAsync(ChaosFixture fixture, TimeSpan hold, FaultRule rule)
    {
        fixture.Emulator.Faults.Add(rule);
        await WaitAsync(hold);
        fixture.Emulator.Faults.Clear(rule.Name);
    }

    private static async Task ClockAsync(ChaosFixture fixture, TimeSpan hold, TimeSpan step)
    {
        fixture.Clock.Offset = step;
        await WaitAsync(hold);
        fixture.Clock.Offset = TimeSpan.Zero;
    }
}
