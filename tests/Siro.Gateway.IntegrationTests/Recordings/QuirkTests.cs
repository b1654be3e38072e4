using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Recordings;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;

namespace Siro.Gateway.IntegrationTests.Recordings;

/// <summary>What people report of Siro's recordings, and what the gateway does about it.</summary>
public sealed class QuirkTests(QuirkTests.Fixture gateway) : IClassFixture<QuirkTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Long_pages_lack_scores_so_reconciliation_asks_for_shorter_ones_and_a_merged_recording_has_its_score()
    {
        var recordings = Add(60);
        using var client = gateway.CreateClient();
        var page = await client.GetFromJsonAsync<JsonElement>("/external/v1/core/recordings?pageSize=100&showEvaluationScore=true", Cancel);
        Assert.All(
            page.GetProperty("data").EnumerateArray(), r => Assert.Equal(JsonValueKind.Null, r.GetProperty("evaluationScore").ValueKind));

        var merged = await ReadAsync(client, recordings[0].Id, "evaluationScore");
        Assert.Equal(0.75, merged.GetProperty("evaluationScore").GetDouble());
        await Until.TrueAsync(() => Pages().Count > 1, "reconciliation has read pages");
        Assert.All(Pages(), size => Assert.InRange(size, 1, 40));
    }

    [Fact]
    public async Task A_score_that_changes_without_updatedAt_is_seen_at_the_next_reading()
    {
        var recording = Add(1)[0];
        using var client = gateway.CreateClient();
        var before = await ReadAsync(client, recording.Id, "evaluationScore");
        recording.EvaluationScore = 0.5;
        var after = await ReadAsync(client, recording.Id, "evaluationScore");
        Assert.Equal(before.GetProperty("updatedAt").GetString(), after.GetProperty("updatedAt").GetString());
        Assert.Equal((0.75, 0.5), (before.GetProperty("evaluationScore").GetDouble(), after.GetProperty("evaluationScore").GetDouble()));
    }

    [Fact]
    public async Task A_list_has_follow_ups_by_id_and_score_alone_and_a_merged_recording_has_them_whole()
    {
        var recording = Add(1)[0];
        recording.Followups = [new Followup("followup-1", 0.9, "REHASH", "Call again on Friday.")];
        using var client = gateway.CreateClient();
        var page = await client.GetFromJsonAsync<JsonElement>("/external/v1/core/recordings?pageSize=5&showFollowups=true", Cancel);
        var listed = page.GetProperty("data").EnumerateArray().Single(r => r.GetProperty("id").GetString() == recording.Id)
            .GetProperty("followups")[0];
        Assert.Equal(["id", "score"], listed.EnumerateObject().Select(p => p.Name).Order());
        var whole = (await ReadAsync(client, recording.Id, "followups")).GetProperty("followups")[0];
        Assert.Equal("Call again on Friday.", whole.GetProperty("followupAction").GetString());
    }

    [Fact]
    public async Task A_purged_recording_is_announced_as_deleted_once_and_is_gone_from_then_on()
    {
        // Reconciliation begins when its job is stored: what is older is history.
        var polls = gateway.Gateway.Services.GetRequiredService<JobQueues>().Queue(PollJob.Declaration, GatewaySettings.Organization);
        await Until.TrueAsync(async () => await polls.FindAsync(PollJob.Id, Cancel) is not null, "reconciliation has begun");
        var recording = Add(1)[0];
        using var client = gateway.CreateClient();
        Assert.Equal(recording.Id, (await ReadAsync(client, recording.Id, "summary")).GetProperty("id").GetString());
        await Until.TrueAsync(
            async () => await CountAsync("recording.ready", recording.Id) == 1, "it is announced as ready", TimeSpan.FromSeconds(60));

        gateway.Emulator.Recordings.Purge(recording);
        await Until.TrueAsync(
            async () => await CountAsync("recording.deleted", recording.Id) == 1, "it is announced as deleted", TimeSpan.FromSeconds(60));
        foreach (var include in new[] { "summary", "crm", "evaluationScore" })
        {
            using var gone = await client.GetAsync($"/v1/recordings/{recording.Id}?include={include}", Cancel);
            Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
            Assert.Equal("recording_purged", (await gone.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
        }

        // Further polls see it again, as the overlap goes back: it stays at one.
        var read = Pages().Count;
        await Until.TrueAsync(() => Pages().Count >= read + 2, "two further polls");
        Assert.Equal(1, await CountAsync("recording.deleted", recording.Id));
    }

    private static async Task<JsonElement> ReadAsync(HttpClient client, string id, string include) =>
        (await client.GetFromJsonAsync<JsonElement>($"/v1/recordings/{id}?include={include}", Cancel)).GetProperty("data");

    private IReadOnlyList<Recording> Add(int count) =>
        gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, count, processed: true, linked: true, announce: false, TimeSpan.Zero);

    private async Task<int> CountAsync(string type, string recordingId) =>
        (await gateway.Gateway.EventsAsync(type)).Count(e => e.GetProperty("recordingId").GetString() == recordingId);

    /// <summary>The sizes of the pages that reconciliation has asked for.</summary>
    private List<int> Pages() =>
        [.. gateway.Emulator.Journal.Read(host: Siro.Emulator.Hosting.SiroHost.External, path: "/v1/core/recordings")
            .Select(e => System.Web.HttpUtility.ParseQueryString(e.Query))
            .Where(q => q["updatedAt:gte"] is not null).Select(
                q => int.Parse(q["pageSize"]!, System.Globalization.CultureInfo.InvariantCulture))];

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings.Remove("Reconciliation:Enabled");
            settings["Reconciliation:Interval"] = "00:00:01";
            return Task.CompletedTask;
        }
    }
}
