using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Web;
using Siro.Emulator;
using Siro.Emulator.Hosting;
using Siro.Emulator.Recordings;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>
/// Two replicas come back after five days; callers have work for them at once. The budget is 40 requests in 2 seconds, and the emulator
/// refuses more.
/// </summary>
public sealed class GapTests(GapTests.Fixture gateway) : IClassFixture<GapTests.Fixture>
{
    private const int PageSize = 20;

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gap_of_days_is_closed_page_by_page_while_callers_are_answered_at_once()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var now = TimeProvider.System.GetUtcNow();
        var away = now - TimeSpan.FromDays(5);

        // As a fleet has left it that was switched on six days ago and polled for the last time five days ago.
        await using (var store = new StoreHarness(gateway.Store.Configuration))
        {
            await store.Queues.Queue(PollJob.Declaration, GatewaySettings.Organization).EnqueueAsync(
                new NewJob<PollData>(PollJob.Id, new PollData { Start = away - TimeSpan.FromDays(1), Mark = away }),
                null,
                Cancel);
        }

        var missed = Between(600 * TestScale.Factor, away, now);
        var older = Between(50, away - TimeSpan.FromDays(2), away - TimeSpan.FromHours(1));
        missed[3].Deleted = true;
        var before = gateway.Emulator.Journal.Last;
        var begun = Stopwatch.GetTimestamp();
        await using var first = await gateway.StartInProcessAsync();
        await using var second = await gateway.StartInProcessAsync();
        using var closed = new CancellationTokenSource();
        var calls = Task.WhenAll(CallAsync(first, closed.Token), CallAsync(second, closed.Token));
        using var client = first.CreateClient();
        await Until.TrueAsync(() => Pages(before).Any(p => !p.Cursor && p.Sequence > before
            && Pages(before).Any(q => q.Cursor && q.Sequence < p.Sequence)), "the gap is closed and the next poll begun",
            TimeSpan.FromSeconds(60 * TestScale.Factor));
        var took = Stopwatch.GetElapsedTime(begun);
        await closed.CancelAsync();
        var answers = (await calls).SelectMany(c => c).OrderBy(a => a.Took).ToList();

        // The callers: nobody was refused while the pages were read.
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{missed.Count} recordings in {Pages(before).Count} pages in {took.TotalSeconds:0.0} s; meanwhile {answers.Count} calls, "
            + $"median {answers[answers.Count / 2].Took.TotalMilliseconds:0} ms, 95 % "
            + $"{answers[answers.Count * 95 / 100].Took.TotalMilliseconds:0} ms, worst {answers[^1].Took.TotalMilliseconds:0} ms");
        Assert.True(answers.Count >= 20, $"only {answers.Count} calls were made meanwhile");
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Equal(0, gateway.Emulator.Journal.Count(status: 429, since: before));

        // The pages: of the size that was set, each read once, by one replica at a time.
        var pages = Pages(before);
        Assert.All(pages, p => Assert.Equal(PageSize, p.Size));
        var gap = pages.Take(pages.FindIndex(1, p => !p.Cursor)).ToList();
        Assert.Equal((missed.Count + PageSize - 1) / PageSize, gap.Count);
        Assert.Distinct(gap.Select(p => p.Query));

        // What it was for: everything that was missed, once; nothing from before, which an earlier poll has seen.
        await Until.TrueAsync(async () => (await first.EventsAsync("recording.ready")).Count >= missed.Count - 1, "all are in the log");
        var ready = (await first.EventsAsync("recording.ready")).Select(e => e.GetProperty("recordingId").GetString()!).ToList();
        Assert.Equal(missed.Where(r => !r.Deleted).Select(r => r.Id).Order(StringComparer.Ordinal), ready.Order(StringComparer.Ordinal));
        Assert.Equal(missed[3].Id, Assert.Single(await first.EventsAsync("recording.deleted")).GetProperty("recordingId").GetString());
        Assert.Empty(ready.Intersect(older.Select(r => r.Id)));
    }

    /// <summary>An application that calls five times a second.</summary>
    private static async Task<List<(HttpStatusCode Status, TimeSpan Took)>> CallAsync(GatewayInProcess replica, CancellationToken stop)
    {
        using var client = replica.CreateClient(GatewaySettings.ReaderKey);
        var answers = new ConcurrentBag<(HttpStatusCode, TimeSpan)>();
        var running = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            running.Add(OneAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running);
        return [.. answers];

        async Task OneAsync()
        {
            var sent = Stopwatch.GetTimestamp();
            using var response = await client.GetAsync("/external/v1/core/users?pageSize=1", Cancel);
            answers.Add((response.StatusCode, Stopwatch.GetElapsedTime(sent)));
        }
    }

    private List<(long Sequence, bool Cursor, int Size, string Query)> Pages(long since) =>
    [
        .. gateway.Emulator.Journal.Read(since, SiroHost.External, "/v1/core/recordings").Select(e =>
        {
            var query = HttpUtility.ParseQueryString(e.Query);
            return (e.Sequence, query["cursor"] is not null,
                int.Parse(query["pageSize"]!, System.Globalization.CultureInfo.InvariantCulture), e.Query);
        }),
    ];

    private IReadOnlyList<Recording> Between(int count, DateTimeOffset from, DateTimeOffset to)
    {
        var recordings = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, count, processed: true, linked: true, announce: false, TimeSpan.Zero);
        foreach (var (index, recording) in recordings.Index())
        {
            recording.CreatedAt = recording.UpdatedAt = from + ((to - from) * (index + 1) / (count + 1));
        }

        return recordings;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 40, RateWindow = TimeSpan.FromSeconds(2) };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            settings["Reconciliation:Overlap"] = "00:00:30";
            settings["Reconciliation:PageSize"] = "20";
            settings["Budget:Requests"] = "40";
            settings["Budget:WindowSeconds"] = "2";
            return Task.CompletedTask;
        }
    }
}
