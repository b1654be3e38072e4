using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Recordings;

public sealed class MergedRecordingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_answer_has_detail_summary_extractions_and_crm()
    {
        var recording = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: true, announce: false, TimeSpan.Zero)[0];
        using var client = gateway.CreateClient(GatewaySettings.ReaderKey);
        var body = await client.GetFromJsonAsync<JsonElement>(
            $"/v1/recordings/{recording.Id}?include=summary,entityExtractions,crm", Cancel);
        var data = body.GetProperty("data");
        Assert.Equal(recording.Id, data.GetProperty("id").GetString());
        Assert.Equal(gateway.Emulator.Default.Id, data.GetProperty("organizationId").GetString());
        Assert.Equal(recording.Summary.Select(s => (s.Name, s.Content)),
            data.GetProperty("summary").EnumerateArray()
            .Select(s => (s.GetProperty("name").GetString()!, s.GetProperty("content").GetString()!)));
        Assert.Equal(recording.Extractions.SelectMany(e => e.Values).Select(v => v.Name),
            data.GetProperty("entityExtractions").EnumerateArray().Select(e => e.GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Object, data.GetProperty("crm").ValueKind);

        var plain = await client.GetFromJsonAsync<JsonElement>($"/v1/recordings/{recording.Id}", Cancel);
        Assert.All(
            new[] { "summary", "entityExtractions", "crm" }, name => Assert.False(plain.GetProperty("data").TryGetProperty(name, out _)));
    }

    [Fact]
    public async Task A_recording_that_only_the_platform_knows_has_no_links_and_is_shown()
    {
        var recording = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: false, announce: false, TimeSpan.Zero)[0];
        gateway.Emulator.Faults.Add(
            new FaultRule { Host = "external", Path = $"/v1/core/recordings/{recording.Id}", Status = 404, Times = 1 });
        using var client = gateway.CreateClient(GatewaySettings.ReaderKey);

        var data = (
            await client.GetFromJsonAsync<JsonElement>($"/v1/recordings/{recording.Id}?include=summary,crm", Cancel)).GetProperty("data");

        Assert.Equal(recording.Id, data.GetProperty("id").GetString());
        Assert.NotEmpty(data.GetProperty("summary").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, data.GetProperty("crm").ValueKind);
    }

    [Fact]
    public async Task A_recording_that_nobody_knows_is_404_and_an_unknown_part_400()
    {
        Assert.Equal((HttpStatusCode.NotFound, "recording_not_found"), await RefusalAsync("/v1/recordings/unknown"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_query"), await RefusalAsync("/v1/recordings/unknown?include=transcript"));
    }

    [Fact]
    public async Task An_engagement_leads_to_its_recording_once_siro_has_linked_one()
    {
        using var writer = gateway.CreateClient(GatewaySettings.WriterKey);
        using (var synced = await writer.PutAsync(
            "/v1/sync/engagements", new StringContent("""{"externalId":"appt-456"}""", Encoding.UTF8, "application/json"), Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, synced.StatusCode);
        }

        using var client = gateway.CreateClient(GatewaySettings.ReaderKey);
        using (var early = await client.GetAsync("/v1/engagements/appt-456/recording", Cancel))
        {
            Assert.Equal(HttpStatusCode.NotFound, early.StatusCode);
            Assert.Equal("not_linked_yet", (await early.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
            Assert.Equal(TimeSpan.FromMinutes(1), early.Headers.RetryAfter?.Delta);
        }

        var recording = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: false, announce: false, TimeSpan.Zero)[0];
        var engagement = gateway.Emulator.State.Crm(gateway.Emulator.Default.Organization).EngagementByExternalId("appt-456")!;
        engagement.RecordingId = recording.Id;
        foreach (var id in new[] { "appt-456", engagement.Ref.Id })
        {
            var body = await client.GetFromJsonAsync<JsonElement>($"/v1/engagements/{id}/recording", Cancel);
            Assert.Equal(recording.Id, body.GetProperty("data").GetProperty("id").GetString());
            Assert.NotEmpty(body.GetProperty("data").GetProperty("summary").EnumerateArray());
        }

        Assert.Equal((HttpStatusCode.NotFound, "engagement_not_found"), await RefusalAsync("/v1/engagements/none/recording"));
    }

    private async Task<(HttpStatusCode, string?)> RefusalAsync(string path)
    {
        using var client = gateway.CreateClient(GatewaySettings.ReaderKey);
        using var response = await client.GetAsync(path, Cancel);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
    }
}
