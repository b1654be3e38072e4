using System.Text.Json;
using Siro.Gateway.Recordings;

namespace Siro.Gateway.Tests.Recordings;

public sealed class RecordingShapesTests
{
    /// <summary>The CRM guide's own answer (4.3).</summary>
    private const string Platform = """
        {
          "id": "rec-abc-def", "organizationId": "org-789", "userId": "user-123", "title": "From platform",
          "summary": "Overview:\nThe rep walked the customer through financing options.\n\nNext Steps:\nSend a written proposal by Friday.",
          "entityExtractions": [
            { "id": "extraction_001", "recordingId": "rec-abc-def", "siroEntityDefinitionId": "def-uuid", "siroEntityDefinitionName": "Budget", "status": "SUCCESS",
              "extraction": [{ "name": "Budget", "value": "$40,000 - $50,000", "mappings": [{ "crmModelName": "Opportunity", "crmFieldName": "Budget__c" }] }] },
            { "id": "extraction_002", "status": "FAILED", "extraction": [{ "name": "Timeline", "value": "?" }] }
          ]
        }
        """;

    private const string External = """
        {
          "id": "rec-abc-def", "title": "From external", "result": "WON", "deleted": false,
          "crm": { "integrationConnectionId": "conn-123", "engagement": { "id": "eng-uuid", "externalId": "appt-456" } },
          "summary": [{ "id": "s1", "name": "Overview", "content": "Financing." }],
          "entityExtractions": [{ "name": "Budget", "value": 45000, "mappings": null }]
        }
        """;

    [Fact]
    public void A_summary_of_one_text_becomes_its_sections() => Assert.Equal(
        """[{"name":"Overview","content":"The rep walked the customer through financing options."},{"name":"Next Steps","content":"Send a written proposal by Friday."}]""",
        RecordingShapes.Summary(Parse(Platform).GetProperty("summary")).ToJsonString());

    [Fact]
    public void A_text_without_headings_is_one_section() => Assert.Equal(
        """[{"name":"Summary","content":"Went well."}]""",
        RecordingShapes.Summary(Parse("\"Went well.\"")).ToJsonString());

    [Fact]
    public void No_summary_yet_is_an_empty_list()
    {
        Assert.Empty(RecordingShapes.Summary(Parse("null")));
        Assert.Empty(RecordingShapes.Summary(Parse("\"\"")));
        Assert.Empty(RecordingShapes.Summary(Parse("[]")));
    }

    [Fact]
    public void Nested_extractions_become_flat_and_failed_ones_are_left_out() => Assert.Equal(
        """[{"name":"Budget","value":"$40,000 - $50,000","mappings":[{"crmModelName":"Opportunity","crmFieldName":"Budget__c"}]}]""",
        RecordingShapes.Extractions(Parse(Platform).GetProperty("entityExtractions"))
            .ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    [Theory]
    [InlineData("SUCCESS", 1)]
    [InlineData("SYNCED", 1)]
    [InlineData("IN_PROGRESS", 0)]
    [InlineData("FAIL", 0)]
    public void Extractions_that_are_in_the_crm_already_are_kept(string status, int count) =>
        Assert.Equal(count,
            RecordingShapes.Extractions(
            Parse($$"""[{ "id": "e", "status": "{{status}}", "extraction": [{ "name": "Budget", "value": "1" }] }]""")).Count);

    [Fact]
    public void The_merged_recording_has_the_detail_of_one_host_and_the_crm_of_the_other()
    {
        var merged = RecordingReader.Merge(Parse(Platform), Parse(External), RecordingParts.All);
        Assert.Equal("From platform", merged["title"]!.GetValue<string>());
        Assert.Equal("WON", merged["result"]!.GetValue<string>());
        Assert.Equal("appt-456", merged["crm"]!["engagement"]!["externalId"]!.GetValue<string>());
        Assert.Equal("""[{"name":"Overview","content":"Financing."}]""", merged["summary"]!.ToJsonString());
        Assert.Equal("""[{"name":"Budget","value":45000,"mappings":[]}]""", merged["entityExtractions"]!.ToJsonString());
    }

    [Fact]
    public void What_was_not_asked_for_is_not_there()
    {
        var merged = RecordingReader.Merge(Parse(Platform), null, RecordingParts.None);
        Assert.All(RecordingPartsText.Names.Keys, name => Assert.False(merged.ContainsKey(name)));
    }

    [Fact]
    public void A_recording_without_a_confirmed_link_has_a_null_crm() =>
        Assert.Null(RecordingReader.Merge(null, Parse("""{"id":"r"}"""), RecordingParts.Crm)["crm"]);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
