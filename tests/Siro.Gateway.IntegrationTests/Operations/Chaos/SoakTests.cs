using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Mixed traffic with faults for as long as <c>SIRO_SOAK_MINUTES</c> says (20 for the full measure; a quarter of a minute where it is not
/// set, which shows that it runs): what a process holds does not grow, nothing is lost, and Siro never gets more than the limit.
/// </summary>
[Trait("Category", "Chaos")]
public sealed class SoakTests(SoakTests.Fixture fixture) : IClassFixture<SoakTests.Fixture>
{
    private static readonly string? Minutes = Environment.GetEnvironmentVariable("SIRO_SOAK_MINUTES");

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(
        double.TryParse(Minutes, NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes) ? minutes : 0.25);

    /// <summary>Faults after which the processes are still the same, and can be measured.</summary>
    private static readonly string[] Faults =
    [
        "Siro is slow", "the network to the store is slow", "Siro fails", "the store is killed and started again", "Siro hangs up",
        "the network to the store is cut", "Siro limits", "the identity provider is down", "Siro cannot be reached",
        "the store is read-only", "Siro does it and fails to say so", "the store is full",
    ];

    private readonly ConcurrentQueue<string> _unobserved = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_grows_and_nothing_is_lost()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        TaskScheduler.UnobservedTaskException += Keep;
        try
        {
            await fixture.Load.RecoveredAsync(0, TimeSpan.FromSeconds(60));
            var samples = new List<Sample>();
            var began = Stopwatch.GetTimestamp();
            var pause = TimeSpan.FromSeconds(Math.Min(30, Length.TotalSeconds / 6));
            for (var n = 0; Stopwatch.GetElapsedTime(began) < Length; n++)
            {
                await Task.Delay(pause, TimeProvider.System, Cancel);
                samples.Add(await SampleAsync(Stopwatch.GetElapsedTime(began)));
                Write(samples[^1].ToString());
                await ChaosFaults.All[Faults[n % Faults.Length]](fixture, TimeSpan.FromSeconds(Math.Min(5, pause.TotalSeconds)));
                await fixture.Load.RecoveredAsync(Stopwatch.GetTimestamp(), TimeSpan.FromSeconds(90));
                await fixture.Load.SettledAsync(TimeSpan.FromSeconds(90));
            }

            Write(string.Join(", ", fixture.Load.Acknowledged.Select(a => $"{a.Key} {a.Value}").Order(StringComparer.Ordinal)));
            Write("refused: " + string.Join(", ", fixture.Load.Refusals.OrderByDescending(r => r.Value).Select(r => $"{r.Key} {r.Value}")));
            var most = fixture.Emulator.Default.OrganizationToken.Arrivals.MostIn(TimeSpan.FromMinutes(1));
            Write($"most calls in a minute with the organization's token: {most} of {ChaosFixture.BudgetLimit}");
            Assert.InRange(most, 1, ChaosFixture.BudgetLimit);
            fixture.KeepAll();
            Assert.Empty(fixture.Printed);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Empty(_unobserved);
            AssertFlat(samples);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Keep;
        }
    }

    /// <summary>The last quarter against the second: what has warmed up by then stays as it is.</summary>
    private static void AssertFlat(List<Sample> samples)
    {
        if (samples.Count < 12)
        {
            return;
        }

        var quarter = samples.Count / 4;
        var (early, late) = (samples.GetRange(quarter, quarter), samples.GetRange(samples.Count - quarter, quarter));
        Flat("threads", s => s.Threads, 10);
        Flat("handles", s => s.Handles, 30);
        Flat("memory in MB", s => s.MegaBytes, 40);
        Flat("keys of what is not kept for days", s => s.Keys - s.Kept, 400);

        void Flat(string what, Func<Sample, double> value, double slack)
        {
            var (first, last) = (early.Average(value), late.Average(value));
            Write($"{what}: {first:0} in the second quarter, {last:0} in the last");
            Assert.True(last <= (first * 1.2) + slack, $"{what} grew from {first:0} to {last:0}");
        }
    }

    private async Task<Sample> SampleAsync(TimeSpan at)
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
        var kept = fixture.Load.Acknowledged.Where(a => a.Key is "upload" or "call").Sum(a => a.Value);
        var keys = (await fixture.Redis.CommandAsync("DBSIZE")).TrimStart(':').Trim();
        var info = await fixture.Redis.CommandAsync("INFO memory");
        var used = info.Split('\n').First(l => l.StartsWith("used_memory:", StringComparison.Ordinal))["used_memory:".Length..].Trim();
        var (count, store) = (int.Parse(keys, CultureInfo.InvariantCulture), long.Parse(used, CultureInfo.InvariantCulture));
        return new Sample(at, threads, handles, bytes / 1_000_000.0, count, store / 1_000_000.0, kept * KeysOfOne);
    }

    /// <summary>Keys that a finished upload or call leaves until its retention is over.</summary>
    private const int KeysOfOne = 3;

    private static void Write(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private void Keep(object? sender, UnobservedTaskExceptionEventArgs e) => _unobserved.Enqueue(e.Exception.ToString());

    /// <summary>Events go soon, so that what is kept does not grow with what was taken.</summary>
    public sealed class Fixture : ChaosFixture
    {
        protected override string Retention => "00:02:00";
    }

    private sealed record Sample(TimeSpan At, int Threads, int Handles, double MegaBytes, int Keys, double StoreMegaBytes, int Kept)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{At:mm\\:ss} {Threads} threads, {Handles} handles, {MegaBytes:0} MB, {Keys} keys, store {StoreMegaBytes:0.0} MB");
    }
}
