using System.Web;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>A provider that fails in the middle of a poll of several pages.</summary>
public sealed class PollingInterruptionTests(PollingInterruptionTests.Fixture gateway) : IClassFixture<PollingInterruptionTests.Fixture>
{
    [Theory]
    [InlineData(503, true)]
    [InlineData(400, false)]
    public async Task A_poll_that_is_interrupted_goes_on_from_its_page_unless_the_page_is_refused(int status, bool goesOn)
    {
        var source = $"list-{status}";
        var ids = Enumerable.Range(0, 65).Select(i => $"{status}-{i}").ToList();
        foreach (var id in ids)
        {
            gateway.Emulator.VoipProvider.Add(new VoipRecording(id, CallWords.Audio) { NotReadyTimes = int.MaxValue });
            gateway.Emulator.VoipProvider.Add(
                new VoipCall { Id = id, RecordingId = id, StartedAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(10) });
        }

        gateway.Emulator.Faults.Add(new FaultRule { Name = "interrupt", Host = "voip", Path = "/calls", After = 2, Times = 1,
            Status = status, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } });
        var before = gateway.Emulator.Journal.Last;
        try
        {
            var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
            settings.PolledList(source, new Uri(gateway.Emulator.Voip, "calls").AbsoluteUri + "?limit=20&mine=" + source);
            await using var only = await gateway.StartInProcessAsync(null, [.. settings.Select(s => (s.Key, s.Value))]);
            List<JournalEntry> asked = [];
            await Until.TrueAsync(
                () => (asked = [.. gateway.Emulator.Journal.Read(before, SiroHost.Voip, "/calls")]).Count(
                    e => After(e) is null) >= (goesOn ? 2 : 3),
                "a poll is finished and another begun");
            var story = string.Join('\n', asked);
            Assert.All(asked, e => Assert.Contains("mine=" + source, e.Query, StringComparison.Ordinal));
            Assert.True(asked[2].Fault == "interrupt", story);
            Assert.True(After(asked[3]) == (goesOn ? After(asked[2]) : null), story);
            Assert.True(asked[3].Query.StartsWith(asked[0].Query, StringComparison.Ordinal), story);
            using var client = only.CreateClient();
            var stored = (await client.AllCallsAsync()).Where(c => c.GetProperty("source").GetString() == source)
                .Select(c => c.GetProperty("sourceId").GetString()!).ToList();
            Assert.Superset(ids.ToHashSet(StringComparer.Ordinal), stored.ToHashSet(StringComparer.Ordinal));
            Assert.Distinct(stored);
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }
    }

    private static string? After(JournalEntry entry) => HttpUtility.ParseQueryString(entry.Query)["after"];

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
