using Siro.Gateway.Common;
using Siro.Gateway.Recordings;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Tests.SiroApi;

namespace Siro.Gateway.Tests.Recordings;

/// <summary>What Siro answers with 200 when it is asked for an engagement, in shapes that it has and in others.</summary>
public sealed class EngagementRecordingsTests
{
    private const string Linked = """{"id":"e1","recordingId":"r1"}""";

    private static readonly RecordingReading Reading = new(
        new OrganizationKey("acme"), new ClientName("crm"), null, Priority.Interactive, ReadsExternal: true);

    [Theory]
    [InlineData(Linked)]
    [InlineData("{\"data\":" + Linked + "}")]
    [InlineData("{\"data\":[" + Linked + "]}")]
    [InlineData("[" + Linked + "]")]
    public async Task A_recording_is_found_in_every_shape(string body)
    {
        Assert.Equal("r1", await FindAsync(body, null));
        Assert.Equal("r1", await FindAsync(null, body));
    }

    [Theory]
    [InlineData("[]", 404, "engagement_not_found")]
    [InlineData("{\"data\":[]}", 404, "engagement_not_found")]
    [InlineData("null", 404, "engagement_not_found")]
    [InlineData("{\"data\":null}", 404, "engagement_not_found")]
    [InlineData("[" + Linked + "," + Linked + "]", 409, "engagement_ambiguous")]
    [InlineData("{\"id\":\"e1\"}", 404, "not_linked_yet")]
    [InlineData("{\"data\":{\"recordingId\":7}}", 404, "not_linked_yet")]
    [InlineData("\"soon\"", 502, "siro_answer_unreadable")]
    [InlineData("7", 502, "siro_answer_unreadable")]
    [InlineData("{\"data\":\"soon\"}", 502, "siro_answer_unreadable")]
    [InlineData("{\"data\":true}", 502, "siro_answer_unreadable")]
    [InlineData("[\"soon\"]", 502, "siro_answer_unreadable")]
    [InlineData("[[]]", 502, "siro_answer_unreadable")]
    public async Task Anything_else_is_a_refusal_with_its_own_code(string body, int status, string code)
    {
        foreach (var finding in new[] { FindAsync(body, body), FindAsync(null, body) })
        {
            var problem = (await Assert.ThrowsAsync<ProblemException>(() => finding)).Problem;
            Assert.Equal((status, code), (problem.Status, problem.Code));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"data\":null}")]
    public async Task What_Siro_has_by_no_id_of_its_own_is_looked_for_by_the_CRMs(string body) =>
        Assert.Equal("r1", await FindAsync(body, "{\"data\":[" + Linked + "]}"));

    private static Task<string> FindAsync(string? byId, string? byExternalId)
    {
        var siro = new OneAnswer(path => path.Contains('?', StringComparison.Ordinal) ? byExternalId : byId);
        return new EngagementRecordings(TestHandler.ClientOver(siro, TimeProvider.System)).FindAsync(
            Reading, "appt-1", TestContext.Current.CancellationToken);
    }
}
