using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>History on request.</summary>
public sealed class BackfillTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backfill_keeps_to_its_range_and_announces_nothing_twice_not_even_what_the_log_has_forgotten()
    {
        // Made long ago and not touched since polling began: only a backfill tells of them.
        var made = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 4, processed: true, linked: true, announce: false, TimeSpan.Zero);
        foreach (var (day, recording) in made.Index())
        {
            recording.CreatedAt = new DateTimeOffset(2025, 5, 1 + day, 0, 0, 0, TimeSpan.Zero);
            recording.UpdatedAt -= TimeSpan.FromDays(1);
        }

        Assert.Equal((2, 2), await BackfillAsync("2025-05-02", "2025-05-04T00:00:00Z"));
        var ready = (await gateway.Gateway.EventsAsync("recording.ready")).Select(e => e.GetProperty("recordingId").GetString()!).ToList();
        Assert.Equal([false, true, true, false], made.Select(r => ready.Contains(r.Id)));
        Assert.Equal((2, 0), await BackfillAsync("2025-05-02", "2025-05-04"));

        // Everything is retained for no time at all; what was announced stays marked, for 400 days at least.
        var log = gateway.Gateway.Services.GetRequiredService<EventLog>();
        await Until.TrueAsync(
            async () => (await log.TrimAsync(new OrganizationKey("acme"), TimeSpan.Zero, 0, 1000, Cancel)).Events == 0, "the log is empty");
        Assert.Empty(await gateway.Gateway.EventsAsync("recording.ready"));
        Assert.Equal((2, 0), await BackfillAsync("2025-05-02", "2025-05-04"));
        Assert.Equal((4, 2), await BackfillAsync("2025-05-01", "2025-05-05"));
    }

    private async Task<(long Recordings, long Announced)> BackfillAsync(string from, string to)
    {
        using var client = gateway.CreateClient();
        using var response = await client.PostAsJsonAsync("/v1/recordings/backfill", new { from, to }, Cancel);
        JsonElement backfill = default;
        await Until.TrueAsync(
            async () =>
                (backfill = await client.GetFromJsonAsync<JsonElement>(response.Headers.Location!, Cancel)).GetProperty("status")
                    .GetString() == "finished",
            "the backfill ends",
            TimeSpan.FromSeconds(20));
        return (backfill.GetProperty("recordings").GetInt64(), backfill.GetProperty("announced").GetInt64());
    }
}
