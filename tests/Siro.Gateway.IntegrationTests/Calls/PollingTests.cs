using System.Diagnostics;
using System.Globalization;
using System.Web;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Providers that are asked: RingCentral's call log, newest first, and a list by pointers, oldest first; pages of 20.</summary>
public sealed class PollingTests(PollingTests.Fixture gateway) : IClassFixture<PollingTests.Fixture>
{
    private const string Log = "/restapi/v1.0/account/~/call-log";
    private const string List = "/calls";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_of_an_outage_are_caught_up_once_by_one_replica_at_a_time_from_the_mark_in_the_store()
    {
        var calls = gateway.Emulator.VoipProvider;
        var journal = gateway.Emulator.Journal;
        await using (var only = await gateway.StartProcessAsync())
        {
            await Until.TrueAsync(
                () => Polls(0, Log).Count > 1 && Polls(0, List).Count > 1, "both are polled before the outage");
            await only.KillAsync();
        }

        // Nobody is there while the calls happen; every tenth was not recorded.
        var outage = TimeProvider.System.GetUtcNow();
        var recorded = new List<string>();
        for (var i = 0; i < 60 * TestScale.Factor; i++)
        {
            var call = new VoipCall { Id = $"{700_000 + i}", RecordingId = i % 10 == 9 ? null : $"out{i}",
                StartedAt = TimeProvider.System.GetUtcNow() };
            if (call.RecordingId is { } recording)
            {
                calls.Add(new VoipRecording(recording, CallWords.Audio));
                recorded.Add(call.Id);
            }

            calls.Add(call);
        }

        var before = journal.Last;
        var back = TimeProvider.System.GetUtcNow();
        await using var first = await gateway.StartInProcessAsync();
        await using var second = await gateway.StartInProcessAsync();
        using var client = second.CreateClient();
        await Until.TrueAsync(async () => (await client.AllCallsAsync("status=created")).Count >= 2 * recorded.Count,
            "every call of both lists is a recording", TimeSpan.FromSeconds(60 * TestScale.Factor));

        // Some polls more, which list the same calls once again or nothing new.
        var seen = (Log: Polls(before, Log).Count, List: Polls(before, List).Count);
        await Until.TrueAsync(() => Polls(before, Log).Count >= seen.Log + 2 && Polls(before, List).Count >= seen.List + 2,
            "polling goes on");
        var all = await client.AllCallsAsync();
        Assert.Equal(recorded.Select(id => ("list", id)).Concat(recorded.Select(id => ("log", "s-" + id))).Order(),
            all.Select(c => (c.GetProperty("source").GetString()!, c.GetProperty("sourceId").GetString()!)).Order());
        Assert.Equal(2 * recorded.Count, all.Select(c => c.GetProperty("recordingId").GetString()).Distinct().Count());
        Assert.Equal(2 * recorded.Count, gateway.Emulator.State.Recordings.Count);
        foreach (var (path, from) in new[] { (Log, "dateFrom"), (List, "since") })
        {
            var polls = Polls(before, path);
            var marks = polls.Select(p => DateTimeOffset.Parse(HttpUtility.ParseQueryString(p.Query)[from]!, CultureInfo.InvariantCulture))
                .ToList();
            Assert.True(marks[0] <= outage, $"{path} is asked from {marks[0]:O}, before the outage at {outage:O}");
            Assert.Equal(marks.Order(), marks);
            Assert.True(
                journal.Read(before, SiroHost.Voip, path).Count >= polls.Count + (recorded.Count / 20), "the gap has several pages");

            // One poll an interval (1 s, a tenth more or less), however late each arrives; two that polled by themselves would make twice
            // as many.
            var intervals = Stopwatch.GetElapsedTime(polls[0].Timestamp, polls[^1].Timestamp) / TimeSpan.FromSeconds(0.9);
            Assert.True(polls.Count <= intervals + 2, $"{path} was asked {polls.Count} times in {intervals:0.0} intervals");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{2 * recorded.Count} calls of an outage in {TimeProvider.System.GetUtcNow() - back}");
    }

    private static string? After(JournalEntry entry) => HttpUtility.ParseQueryString(entry.Query)["after"];

    /// <summary>The first pages: one for each poll.</summary>
    private List<JournalEntry> Polls(long since, string path) =>
        [.. gateway.Emulator.Journal.Read(since, SiroHost.Voip, path)
            .Where(e => After(e) is null && HttpUtility.ParseQueryString(e.Query)["page"] is null)];

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.PolledList("list", new Uri(Emulator.Voip, "calls").AbsoluteUri + "?limit=20");
            settings["Calls:Sources:log:Type"] = "ringcentral";
            settings["Calls:Sources:log:Client"] = "writer";
            settings["Calls:Sources:log:ApiUrl"] = Emulator.Voip.AbsoluteUri.TrimEnd('/');
            settings["Calls:Sources:log:Auth:Type"] = "bearer";
            settings["Calls:Sources:log:Auth:Value"] = "log-credential";
            settings["Calls:Sources:log:Poll:Url"] = new Uri(Emulator.Voip, Log).AbsoluteUri
                + "?view=Detailed&recordingType=All&perPage=20&dateFrom={since}";
            settings["Calls:Sources:log:Poll:Interval"] = "00:00:01";

            // Without an overlap it is the mark alone that catches up.
            settings["Calls:Sources:list:Poll:Overlap"] = settings["Calls:Sources:log:Poll:Overlap"] = "00:00:00";
            return Task.CompletedTask;
        }
    }
}
