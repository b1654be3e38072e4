using System.Globalization;
using System.Web;
using Siro.Emulator.Hosting;
using Siro.Emulator.Recordings;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>
/// What changes while a poll is under way. Siro lists by the time of creation, and nothing is read twice for the overlap's sake.
/// </summary>
public sealed class PollMarkTests(PollMarkTests.Fixture gateway) : IClassFixture<PollMarkTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_changes_on_a_page_that_an_interrupted_poll_has_read_is_seen_by_the_next_one()
    {
        var now = TimeProvider.System.GetUtcNow();
        var begun = now - TimeSpan.FromHours(1);
        var read = Add(created: now - TimeSpan.FromDays(1), updated: now - TimeSpan.FromMinutes(30));
        var listed = Add(created: now - TimeSpan.FromDays(2), updated: now - TimeSpan.FromMinutes(40));
        var left = Add(created: now - TimeSpan.FromDays(3), updated: now - TimeSpan.FromMinutes(1));

        // As a fleet has left it whose poll had read a page when Siro went away for an hour; one recording changed meanwhile.
        await using (var store = new StoreHarness(gateway.Store.Configuration))
        {
            var poll = new PollData
            {
                Start = now - TimeSpan.FromDays(9), Mark = now - TimeSpan.FromHours(2), Begun = begun, Seen = begun,
                Cursor = Cursor.Encode(string.Create(CultureInfo.InvariantCulture, $"{listed.CreatedAt.UtcTicks}|{listed.Id}")),
            };
            await store.Queues.Queue(PollJob.Declaration, GatewaySettings.Organization).EnqueueAsync(
                new NewJob<PollData>(PollJob.Id, poll), null, Cancel);
        }

        await using var only = await gateway.StartInProcessAsync();
        await UntilReadyAsync(only, left);
        await UntilReadyAsync(only, read);
        var polls = gateway.Emulator.Journal.Read(0, SiroHost.External, "/v1/core/recordings")
            .Select(e => HttpUtility.ParseQueryString(e.Query)).ToList();
        Assert.NotNull(polls[0]["cursor"]);
        Assert.Equal(Iso8601.Text(begun), polls[1]["updatedAt:gte"]);

        // A clock of Siro's that is wrong, or a date from elsewhere, takes no later change from the polls.
        var odd = Add(created: now, updated: now + TimeSpan.FromDays(400));
        await UntilReadyAsync(only, odd);
        var later = Add(created: now, updated: TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5));
        await UntilReadyAsync(only, later);
    }

    private static Task UntilReadyAsync(GatewayInProcess replica, Recording recording) => Until.TrueAsync(
        async () => (await replica.EventsAsync("recording.ready")).Any(e => e.GetProperty("recordingId").GetString() == recording.Id),
        $"{recording.Id} is announced");

    private Recording Add(DateTimeOffset created, DateTimeOffset updated)
    {
        var added = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: true, announce: false, TimeSpan.Zero)[0];
        (added.CreatedAt, added.UpdatedAt) = (created, updated);
        return added;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            settings["Reconciliation:Overlap"] = "00:00:00";
            return Task.CompletedTask;
        }
    }
}
