using System.Web;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>Siro fails in the middle of a poll of several pages.</summary>
public sealed class PollInterruptionTests(PollInterruptionTests.Fixture gateway) : IClassFixture<PollInterruptionTests.Fixture>
{
    [Theory]
    [InlineData(503, true)]
    [InlineData(422, false)]
    public async Task A_poll_goes_on_from_its_page_unless_siro_refuses_the_page(int status, bool goesOn)
    {
        await Until.TrueAsync(() => Asked(0).Count > 0, "polling has begun");
        var known = (await gateway.Gateway.EventsAsync("recording.ready")).Count;
        gateway.Emulator.Faults.Add(new FaultRule { Name = "interrupt", Host = "external", Path = "/v1/core/recordings", After = 2,
            Times = goesOn ? 6 : 1, Status = status });
        var before = gateway.Emulator.Journal.Last;
        try
        {
            // Several refusals, because the way to Siro tries a 503 again by itself.
            var made = gateway.Emulator.Recordings.AddMany(
                gateway.Emulator.Default.Organization, 90, processed: true, linked: true, announce: false, TimeSpan.Zero);
            await Until.TrueAsync(async () => (await gateway.Gateway.EventsAsync("recording.ready")).Count >= known + 90,
                "every recording is announced", TimeSpan.FromSeconds(60));
            var asked = Asked(before);
            var story = string.Join('\n', asked);
            var struck = asked.FindIndex(e => e.Fault == "interrupt");
            Assert.True(struck > 0 && Cursor(asked[struck]) is not null, story);
            var next = asked.First(e => e.Sequence > asked[struck].Sequence && e.Status == 200);
            Assert.True(goesOn ? Cursor(next) == Cursor(asked[struck]) : Cursor(next) is null, story);
            Assert.Equal(known + 90,
                (await gateway.Gateway.EventsAsync("recording.ready")).Select(e => e.GetProperty("recordingId").GetString()).Distinct()
                .Count());
            Assert.Superset(made.Select(r => r.Id).ToHashSet(StringComparer.Ordinal),
                (await gateway.Gateway.EventsAsync("recording.ready")).Select(e => e.GetProperty("recordingId").GetString()!)
                .ToHashSet(StringComparer.Ordinal));
        }
        finally
        {
            gateway.Emulator.Faults.Clear();
        }
    }

    private static string? Cursor(JournalEntry entry) => HttpUtility.ParseQueryString(entry.Query)["cursor"];

    private List<JournalEntry> Asked(long since) => [.. gateway.Emulator.Journal.Read(since, SiroHost.External, "/v1/core/recordings")];

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            settings["Reconciliation:PageSize"] = "20";
            return Task.CompletedTask;
        }
    }
}
