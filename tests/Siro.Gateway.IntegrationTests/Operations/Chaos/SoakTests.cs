using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Mixed traffic with faults for twenty minutes, or as many as <c>SIRO_SOAK_MINUTES</c> says: what a process and the store hold does not
/// grow, nothing is lost, no failure goes unseen, and Siro never gets more than its limit.
/// </summary>
[Trait("Category", "Soak")]
public sealed class SoakTests(SoakTests.Fixture fixture) : IClassFixture<SoakTests.Fixture>
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(120);

    /// <summary>A fault empties the store after some four minutes, and what comes then gathers for as long as events are kept.</summary>
    private static readonly TimeSpan Plateau = TimeSpan.FromMinutes(9);

    private readonly ConcurrentQueue<string> _unobserved = new();

    /// <summary>Fractions count, too.</summary>
    private static TimeSpan Length => TimeSpan.FromMinutes(
        double.TryParse(
            Environment.GetEnvironmentVariable("SIRO_SOAK_MINUTES"), NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes)
            ? minutes
            : 20);

    [Fact]
    public async Task Nothing_grows_and_nothing_is_lost()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        TaskScheduler.UnobservedTaskException += Keep;
        try
        {
            await fixture.Load.RecoveredAsync(0, TimeLimit);
            var samples = await PlayAsync();
            Write(string.Join(", ", fixture.Load.Acknowledged.Select(a => $"{a.Key} {a.Value}").Order(StringComparer.Ordinal)));
            Write("refused: " + string.Join(", ", fixture.Load.Refusals.OrderByDescending(r => r.Value).Select(r => $"{r.Key} {r.Value}")));
            var most = fixture.Emulator.Default.OrganizationToken.Arrivals.MostIn(TimeSpan.FromMinutes(1));
            Write($"most calls in a minute with the organization's token: {most} of {ChaosFixture.BudgetLimit}");
            Assert.InRange(most, 1, ChaosFixture.BudgetLimit);
            fixture.AssertSound();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.True(_unobserved.IsEmpty, $"Nobody saw that these failed:\n{string.Join('\n', _unobserved)}");
            AssertFlat(samples);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Keep;
        }
    }

    /// <summary>Half a minute of traffic, a sample, a fault; as long as it is to last.</summary>
    private async Task<List<Sample>> PlayAsync()
    {
        var faults = ChaosFaults.All.Where(f => f.KeepsProcesses && !(f.NeedsMounts && PrivateMounts.Missing is not null)).ToList();
        var samples = new List<Sample>();
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(Length.TotalSeconds * Stopwatch.Frequency);
        var redis = fixture.Redis.Configuration + ",abortConnect=false,allowAdmin=true";
        await using var store = await ConnectionMultiplexer.ConnectAsync(redis);
        for (var n = 0; Stopwatch.GetTimestamp() < end; n++)
        {
            await ChaosFaults.WaitAsync(TimeSpan.FromSeconds(15));
            samples.Add(await SampleAsync(store, Stopwatch.GetElapsedTime(began)));
            var fault = faults[n % faults.Count];
            Write($"{samples[^1]}; next: {fault.Name}");
            await fault.Play(fixture, () => ChaosFaults.WaitAsync(TimeSpan.FromSeconds(5)));
            await fixture.Load.RecoveredAsync(Stopwatch.GetTimestamp(), TimeLimit);
            await fixture.Load.SettledAsync(TimeLimit);
        }

        return samples;
    }

    /// <summary>
    /// The last quarter against the second: what has warmed up by then stays as it is. What the store holds depends on how long ago a fault
    /// emptied it: of that, the second half's extreme is held against the first's.
    /// </summary>
    private static void AssertFlat(List<Sample> samples)
    {
        Assert.SkipWhen(samples.Count < 16, $"{samples.Count} samples tell nothing of growth: the soak was too short.");
        var (quarter, half) = (samples.Count / 4, samples.Count / 2);
        Flat("threads", s => s.Threads, 10);
        Flat("handles", s => s.Handles, 30);
        Flat("memory in MB", s => s.MegaBytes, 40);
        Flat("keys of each upload and call", s => s.Kept / (double)s.Jobs, 0);
        Extreme("least bytes in the store for each upload and call", s => s.StoreBytes / (double)s.Jobs, Enumerable.Min, 0);
        Assert.SkipWhen(samples[half].At < Plateau, $"Other keys gather for {Plateau}: the soak was too short to tell of their growth.");
        Extreme("most keys of what is not kept for days", s => s.Keys - s.Kept, Enumerable.Max, 400);

        void Flat(string what, Func<Sample, double> value, double slack)
        {
            Judge(what, samples.GetRange(quarter, quarter).Average(value), "second quarter",
                samples.GetRange(samples.Count - quarter, quarter).Average(value), "last", slack);
        }

        void Extreme(string what, Func<Sample, double> value, Func<IEnumerable<double>, double> of, double slack)
        {
            Judge(what, of(samples.Take(half).Select(value)), "first half", of(samples.Skip(half).Select(value)), "second", slack);
        }

        void Judge(string what, double first, string early, double last, string late, double slack)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"{what}: {first:0.#} in the {early}, {last:0.#} in the {late}"));
            Assert.True(last <= (first * 1.2) + slack, $"{what} grew from {first:0.#} to {last:0.#}");
        }
    }

    private async Task<Sample> SampleAsync(ConnectionMultiplexer store, TimeSpan at)
    {
        var (threads, handles, bytes) = (0, 0, 0L);
        foreach (var gateway in fixture.Processes)
        {
            using var process = Process.GetProcessById(gateway.Process.Id);
            threads += process.Threads.Count;
            handles += Directory.EnumerateFileSystemEntries($"/proc/{gateway.Process.Id}/fd").Count();
            bytes += process.WorkingSet64;
        }

        // Uploads and calls are kept for days: each has its keys until then.
        string[] ofDays = ["sg:{job:upload", "sg:{job:call", "sg:{uploads:key:"];
        var (keys, kept, jobs) = (0, 0, 0);
        await foreach (var key in store.GetServers()[0].KeysAsync(pageSize: 1000))
        {
            var name = (string)key!;
            var stays = ofDays.Any(k => name.StartsWith(k, StringComparison.Ordinal));
            keys++;
            kept += stays ? 1 : 0;
            jobs += stays && name.Contains("}:job:", StringComparison.Ordinal) ? 1 : 0;
        }

        var used = (await store.GetServers()[0].InfoAsync("memory"))[0].First(i => i.Key == "used_memory").Value;
        return new Sample(at, threads, handles, bytes / 1_000_000.0, keys, kept, Math.Max(1, jobs),
            long.Parse(used, CultureInfo.InvariantCulture));
    }

    private static void Write(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private void Keep(object? sender, UnobservedTaskExceptionEventArgs e) => _unobserved.Enqueue(e.Exception.ToString());

    /// <summary>Events go soon, so that what is kept does not grow with what was taken.</summary>
    public sealed class Fixture : ChaosFixture
    {
        protected override string Retention => "00:02:00";
    }

    /// <summary>Of both processes together, and of the store.</summary>
    private sealed record Sample(
        TimeSpan At, int Threads, int Handles, double MegaBytes, int Keys, int Kept, int Jobs, long StoreBytes)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{At:mm\\:ss} {Threads} threads, {Handles} handles, {MegaBytes:0} MB, {Keys} keys ({Kept} of {Jobs} uploads and calls), "
                + $"store {StoreBytes / 1_000_000.0:0.0} MB");
    }
}
