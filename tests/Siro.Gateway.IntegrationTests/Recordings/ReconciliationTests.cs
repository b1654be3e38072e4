using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Recordings;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>Every webhook is lost; polling alone announces.</summary>
public sealed class ReconciliationTests(ReconciliationTests.Fixture gateway) : IClassFixture<ReconciliationTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_webhooks_lost_is_announced_once_history_only_by_backfill_and_deletion_too()
    {
        var history = Ids(gateway.History);

        // It begins when its job is stored; what is added before is history.
        var polls = gateway.Gateway.Services.GetRequiredService<JobQueues>().Queue(PollJob.Declaration, GatewaySettings.Organization);
        await Until.TrueAsync(async () => await polls.FindAsync(PollJob.Id, Cancel) is not null, "reconciliation has begun");
        var added = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 250, processed: true, linked: true, announce: false, TimeSpan.Zero);
        var unlinked = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 5, processed: true, linked: false, announce: false, TimeSpan.Zero);

        await Until.TrueAsync(async () => (await EventsAsync("recording.ready")).Count >= 250, "polling announces what no webhook did",
            TimeSpan.FromSeconds(60));
        var ready = await EventsAsync("recording.ready");
        Assert.Equal(Ids(added), ready.Select(Recording).ToHashSet());
        Assert.Equal(250, ready.Count);
        Assert.Empty(ready.Select(Recording).Intersect(history));
        Assert.Empty(ready.Select(Recording).Intersect(Ids(unlinked)));

        // The same recordings are seen by every poll within the overlap; a webhook that comes late after all changes nothing.
        var feed = gateway.Gateway.Services.GetRequiredService<IEventFeed>();
        Assert.False(await feed.AnnounceAsync(new OrganizationKey("acme"), added[0].Id, new RecordingState(true, true), EventSource.Webhook,
            Cancel));

        added[7].Deleted = true;
        added[7].DeletedAt = added[7].UpdatedAt = TimeProvider.System.GetUtcNow();
        await Until.TrueAsync(async () => (await EventsAsync("recording.deleted")).Select(Recording).SequenceEqual([added[7].Id]),
            "a deletion is announced", TimeSpan.FromSeconds(60));

        using var client = gateway.CreateClient();
        using var response = await client.PostAsJsonAsync(
            "/v1/recordings/backfill", new { from = "2026-01-01", to = (string?)null }, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var location = response.Headers.Location!;
        JsonElement backfill = default;
        await Until.TrueAsync(
            async () =>
                (backfill = await client.GetFromJsonAsync<JsonElement>(location, Cancel)).GetProperty("status").GetString() == "finished",
            "the backfill ends",
            TimeSpan.FromSeconds(20));
        Assert.Equal(history.Count, backfill.GetProperty("announced").GetInt64());
        Assert.Superset(history, (await EventsAsync("recording.ready")).Select(Recording).ToHashSet());
    }

    [Theory]
    [InlineData("""{"from":"never"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"from":"2026-02-01","to":"2026-01-01"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"from":"2026-01-01","since":1}""", HttpStatusCode.BadRequest)]
    [InlineData("""no json""", HttpStatusCode.BadRequest)]
    public async Task A_range_that_can_not_be_read_is_refused(string body, HttpStatusCode status)
    {
        using var client = gateway.CreateClient();
        using var response = await client.PostAsync(
            "/v1/recordings/backfill", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(status, response.StatusCode);
    }

    private static HashSet<string> Ids(IEnumerable<Recording> recordings) => recordings.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);

    private static string Recording(JsonElement stored) => stored.GetProperty("recordingId").GetString()!;

    private Task<List<JsonElement>> EventsAsync(string type) => gateway.Gateway.EventsAsync(type);

    public sealed class Fixture : GatewayFixture
    {
        public IReadOnlyList<Recording> History { get; private set; } = [];

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            History = Emulator.Recordings.AddMany(
                Emulator.Default.Organization, 120, processed: true, linked: true, announce: false, TimeSpan.FromMinutes(1));
            foreach (var recording in History)
            {
                recording.UpdatedAt -= TimeSpan.FromMinutes(2);
            }

            return Task.CompletedTask;
        }
    }
}
