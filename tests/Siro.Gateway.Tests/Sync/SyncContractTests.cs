using System.Text.Json;
using Siro.Gateway.Sync;

namespace Siro.Gateway.Tests.Sync;

public sealed class SyncContractTests
{
    private const string GuideEngagement = """
        {
          "externalId": "appt-456", "startTime": "2026-02-15T14:00:00Z", "endTime": "2026-02-15T15:00:00Z",
          "subject": "Smith Kitchen Remodel Consultation",
          "engagementType": { "activityType": "MEETING", "name": "meeting" },
          "engagementUsers": [{ "externalId": "rep-123-from-your-crm", "email": "rep-123@kitchenremodel.com", "name": "John Sales" }],
          "account": { "externalId": "account-789" }, "opportunity": { "externalId": "opp-101" }
        }
        """;

    private const string GuideOpportunity = """
        {
          "externalId": "opp-101", "name": "Smith Kitchen Remodel", "amount": 45000, "closedAt": "2026-03-01T00:00:00Z", "disposition": "WON",
          "account": { "externalId": "account-789" },
          "opportunityUsers": [{ "externalId": "rep-123-from-your-crm", "email": "rep-123@kitchenremodel.com", "name": "John Sales" }]
        }
        """;

    [Fact]
    public void The_guides_own_examples_have_no_error()
    {
        Assert.Empty(Check(SyncKind.Engagements, GuideEngagement));
        Assert.Empty(Check(SyncKind.Opportunities, GuideOpportunity));
    }

    [Theory]
    [InlineData("""{}""", "externalId")]
    [InlineData("""{"externalId":""}""", "externalId")]
    [InlineData("""{"externalId":7}""", "externalId")]
    [InlineData("""{"externalId":"a","direction":"SIDEWAYS"}""", "direction")]
    [InlineData("""{"externalId":"a","startTime":"tomorrow"}""", "startTime")]
    [InlineData("""{"externalId":"a","startTime":"2026-02-30T14:00:00Z"}""", "startTime")]
    [InlineData("""{"externalId":"a","engagementType":{"name":"x","activityType":"LUNCH"}}""", "engagementType.activityType")]
    [InlineData("""{"externalId":"a","engagementType":{"activityType":"CALL"}}""", "engagementType.name")]
    [InlineData("""{"externalId":"a","engagementUsers":[{"externalId":"r"}]}""", "engagementUsers.0.email")]
    [InlineData("""{"externalId":"a","engagementUsers":[{"externalId":"r","email":"no email"}]}""", "engagementUsers.0.email")]
    [InlineData("""{"externalId":"a","engagementUsers":[{"email":"a@b.c"}]}""", "engagementUsers.0.externalId")]
    [InlineData("""{"externalId":"a","engagementUsers":"r"}""", "engagementUsers")]
    [InlineData("""{"externalId":"a","opportunity":{}}""", "opportunity.externalId")]
    [InlineData("""{"externalId":"a","opportunity":{"externalId":"o","disposition":"MAYBE"}}""", "opportunity.disposition")]
    [InlineData("""{"externalId":"a","account":{"latitude":"north"}}""", "account.latitude")]
    [InlineData("""[]""", "")]
    public void An_error_is_named_by_its_path(string json, string path) =>
        Assert.Contains(Check(SyncKind.Engagements, json), i => string.Join('.', i.Path) == path);

    [Fact]
    public void Every_error_is_named_at_once() => Assert.Equal(
        ["externalId", "direction", "startTime"],
        Check(SyncKind.Engagements, """{"direction":1,"startTime":"x"}""").Select(i => string.Join('.', i.Path)));

    [Theory]
    [InlineData("2024-02-28 20:09:58.692")]
    [InlineData("2026-03-01T00:00:00Z")]
    [InlineData("2026-03-01T00:00:00.123+02:00")]
    [InlineData("2026-03-01")]
    public void The_forms_of_dates_that_siro_shows_are_taken(string date) =>
        Assert.Empty(Check(SyncKind.Opportunities, $$"""{"externalId":"o","closedAt":"{{date}}"}"""));

    [Fact]
    public void Null_and_unknown_fields_pass() =>
        Assert.Empty(Check(SyncKind.Engagements, """{"externalId":"a","subject":null,"newField":{"x":1}}"""));

    private static List<SyncIssue> Check(SyncKind kind, string json)
    {
        using var document = JsonDocument.Parse(json);
        return SyncContract.Check(kind, document.RootElement.Clone());
    }
}
