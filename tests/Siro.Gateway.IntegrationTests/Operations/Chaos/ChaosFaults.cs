using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>One thing that breaks.</summary>
/// <param name="Where">What it is done to; two faults at different places may meet.</param>
/// <param name="Play">Breaks it, waits as long as it is told, and mends it.</param>
internal sealed record ChaosFault(string Name, string Where, Func<ChaosFixture, Func<Task>, Task> Play)
{
    /// <summary>It needs namespaces of the system's.</summary>
    public bool NeedsMounts { get; init; }

    /// <summary>The same processes are there afterwards, so that what they hold can be compared.</summary>
    public bool KeepsProcesses { get; init; } = true;
}

/// <summary>Everything that is done to the gateways and to what they need.</summary>
internal static class ChaosFaults
{
    /// <summary>Past every lease: those of jobs, of the fan-out and of mints.</summary>
    private static readonly TimeSpan PastLeases = TimeSpan.FromSeconds(17);

    public static IReadOnlyList<ChaosFault> All { get; } =
    [
        new("a gateway is killed and started again", "gateway", (f, hold) => f.ReplaceAsync(0, hold)) { KeepsProcesses = false },
        new("a gateway stands still past its leases", "gateway", async (f, _) =>
        {
            f.Processes[1].Pause();
            await WaitAsync(PastLeases);
            f.Processes[1].Resume();
        }),
        new("a spool's disk is full", "gateway", async (f, hold) =>
        {
            f.FillDisk(1);
            await hold();
            f.FreeDisk(1);
        }) { NeedsMounts = true },
        new("a clock is set an hour forward", "clock", (f, hold) => ClockAsync(f, hold, TimeSpan.FromHours(1))),
        new("a clock is set an hour back", "clock", (f, hold) => ClockAsync(f, hold, TimeSpan.FromHours(-1))),
        new("the store is killed and started again", "store", async (f, hold) =>
        {
            await f.Redis.KillAsync();
            await hold();
            await f.Redis.RestartAsync();
        }),
        new("the store stands still", "store", async (f, hold) =>
        {
            f.Redis.Pause();
            await hold();
            f.Redis.Resume();
        }),
        new("the store is full", "store", (f, hold) => BetweenAsync(f, hold, "CONFIG SET maxmemory 1000000", "CONFIG SET maxmemory 0")),
        new("the store is read-only", "store",
            (f, hold) => BetweenAsync(f, hold, $"REPLICAOF 127.0.0.1 {FreePort.Take(1)[0]}", "REPLICAOF NO ONE")),
        new("the store is emptied", "everything", async (f, hold) =>
        {
            // What only the store had is gone with it: nothing may be under way.
            using (await f.Load.PauseAsync())
            {
                await f.Load.SettledAsync(TimeSpan.FromSeconds(60));
                Assert.Contains("OK", await f.Redis.CommandAsync("FLUSHALL"), StringComparison.Ordinal);
            }

            await hold();
        }),
        new("the network to the store is slow", "store", async (f, hold) =>
        {
            f.StoreNetwork.Delay = TimeSpan.FromMilliseconds(200);
            await hold();
            f.StoreNetwork.Delay = TimeSpan.Zero;
        }),
        new("the network to the store is cut", "store", (f, hold) => CutAsync([f.StoreNetwork], hold)),
        new("Siro cannot be reached", "Siro", (f, hold) => CutAsync(f.SiroNetwork, hold)),
        new("Siro's name does not resolve", "Siro", async (f, hold) =>
        {
            f.ResolveSiro(false);

            // Open connections need no name.
            await CutAsync(f.SiroNetwork, () => Task.CompletedTask);
            await hold();
            f.ResolveSiro(true);
        }) { NeedsMounts = true },
        Siro("Siro is slow", new FaultRule { Stall = TimeSpan.FromSeconds(1.5), When = FaultMoment.Body }),
        Siro("Siro fails", new FaultRule { Status = 503, When = FaultMoment.Arrival }),
        Siro("Siro does it and fails to say so", new FaultRule { Status = 500, When = FaultMoment.Processed, Probability = 0.5 }),
        Siro("Siro answers nonsense", [.. new[] { "external", "platform" }.Select(host => new FaultRule
        {
            Name = host,
            Host = host,
            Status = 200,
            Body = "<html>",
            When = FaultMoment.Body,
            Probability = 0.5,
        })]),
        Siro("Siro hangs up", new FaultRule { Drop = true, When = FaultMoment.Body, Probability = 0.7 }),
        Siro("Siro limits", new FaultRule
        {
            Host = "external",
            Status = 429,
            Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Retry-After"] = "1" },
        }),
        new("the identity provider is down and comes back with other keys", "provider", async (f, hold) =>
        {
            f.Provider.Answers = false;
            f.Provider.Rotate(keepOld: false);
            await hold();
            f.Provider.Answers = true;
        }),
    ];

    public static ChaosFault Named(string name) => All.First(f => f.Name == name);

    internal static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

    private static ChaosFault Siro(string name, params FaultRule[] rules) => new(name, "Siro", async (f, hold) =>
    {
        rules.ToList().ForEach(f.Emulator.Faults.Add);
        await hold();
        rules.ToList().ForEach(r => f.Emulator.Faults.Clear(r.Name));
    });

    private static async Task BetweenAsync(ChaosFixture fixture, Func<Task> hold, string begin, string end)
    {
        Assert.Contains("OK", await fixture.Redis.CommandAsync(begin), StringComparison.Ordinal);
        await hold();
        Assert.Contains("OK", await fixture.Redis.CommandAsync(end), StringComparison.Ordinal);
    }

    private static async Task CutAsync(IReadOnlyCollection<TcpRelay> networks, Func<Task> hold)
    {
        await Task.WhenAll(networks.Select(n => n.CutAsync()));
        await hold();
        foreach (var network in networks)
        {
            network.Restore();
        }
    }

    private static async Task ClockAsync(ChaosFixture fixture, Func<Task> hold, TimeSpan step)
    {
        fixture.Clock.Offset = step;
        await hold();
        fixture.Clock.Offset = TimeSpan.Zero;
    }
}
