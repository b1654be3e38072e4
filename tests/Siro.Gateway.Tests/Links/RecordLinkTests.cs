using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.WebUtilities;
using Siro.Gateway.Links;

namespace Siro.Gateway.Tests.Links;

public sealed class RecordLinkTests
{
    private const string Type = "00000000-0000-0000-0000-000000000002";

    [Fact]
    public void The_guides_example_with_a_conversation_type_is_written_to_the_letter() => Assert.Equal(
        "https://app.siro.ai/record?action=start&conversationType=00000000-0000-0000-0000-000000000002",
        RecordLinkWriter.Web(new RecordLinkParameters { Action = "start", ConversationType = Type }));

    [Fact]
    public void The_guides_crm_objects_are_the_same_once_decoded()
    {
        // The guide leaves braces and quotes plain, so decoded values are compared.
        const string guide =
            """[{"objectType"%3A"Lead"%2C"objectId"%3A"lead123"}%2C{"objectType"%3A"Opportunity"%2C"objectId"%3A"opp456"}]""";
        var link = RecordLinkWriter.Web(new RecordLinkParameters
        {
            Action = "start",
            IntegrationConnectionId = "conn-123",
            CrmObjects = [new LinkCrmObject("Lead", "lead123"), new LinkCrmObject("Opportunity", "opp456")],
        });
        Assert.Equal(Uri.UnescapeDataString(guide), Query(link)["crmObjects"]);
        Assert.Equal("conn-123", Query(link)["integrationConnectionId"]);
    }

    [Fact]
    public void The_crm_guides_app_link_is_the_same_once_decoded()
    {
        var link =
            RecordLinkWriter.App(new RecordLinkParameters { Action = "start", AppointmentId = "appt-456", Title = "Smith Kitchen Remodel",
            OpportunityId = "opp-101" });
        Assert.Equal("siro://record?appointmentId=appt-456&title=Smith%20Kitchen%20Remodel&opportunityId=opp-101", link);
    }

    [Fact]
    public void The_app_link_takes_its_ids_from_the_crm_objects_where_no_deprecated_parameter_names_them()
    {
        var link = RecordLinkWriter.App(new RecordLinkParameters
        {
            Action = "start",
            IntegrationConnectionId = "c",
            CrmObjects = [new LinkCrmObject("Engagement", "appt-456"), new LinkCrmObject("Opportunity", "opp-101")],
        });
        Assert.Equal("siro://record?appointmentId=appt-456&opportunityId=opp-101", link);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("restart")]
    public void Only_starting_has_an_app_link(string action) =>
        Assert.Null(RecordLinkWriter.App(new RecordLinkParameters { Action = action }));

    [Fact]
    public void Every_link_parsed_back_equals_its_input()
    {
        var text = ArbMap.Default.ArbFor<NonEmptyString>().Generator.Select(s => s.Get)
            .Where(s => RecordLinkRules.Check(new RecordLinkParameters { Action = "start", Title = s }, "", []).Count == 0);
        var optional = Gen.OneOf(text.Select(t => (string?)t), Gen.Constant((string?)null));
        var crmObject = from type in Gen.Elements(RecordLinkRules.ObjectTypes.ToArray()) from id in text select new LinkCrmObject(type, id);
        var links =
            from action in Gen.Elements("start", "restart")
            from title in optional
            from redirect in Gen.Elements(null, "https://example.com/a?b=c&d=e%20f#g", "myApp://done?x=1")
            from objects in crmObject.ListOf()
            from connection in text
            from opportunity in optional
            select new RecordLinkParameters
            {
                Action = action,
                Title = action == "start" ? title : null,
                RedirectUrl = redirect,
                IntegrationConnectionId = connection,
                CrmObjects = objects.Count is > 0 and <= 50 ? objects.ToList() : null,
                OpportunityId = opportunity,
            };
        Prop.ForAll(links.ToArbitrary(), link =>
        {
            Assert.Empty(RecordLinkRules.Check(link, "", []));
            var query = Query(RecordLinkWriter.Web(link));
            Assert.Equal(link.Action, query["action"]);
            Assert.Equal(link.Title, query.GetValueOrDefault("title"));
            Assert.Equal(link.RedirectUrl, query.GetValueOrDefault("redirectUrl"));
            Assert.Equal(link.IntegrationConnectionId, query.GetValueOrDefault("integrationConnectionId"));
            Assert.Equal(link.OpportunityId, query.GetValueOrDefault("opportunityId"));
            Assert.Equal(link.CrmObjects,
                query.TryGetValue("crmObjects", out var json) ? JsonSerializer.Deserialize<List<LinkCrmObject>>(json!) : null);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("""{}""", "action", "required")]
    [InlineData("""{"action":"begin"}""", "action", "invalid_value")]
    [InlineData("""{"action":"stop","title":"t"}""", "title", "not_for_action")]
    [InlineData("""{"action":"restart","title":"t"}""", "title", "not_for_action")]
    [InlineData("""{"action":"start","title":""}""", "title", "empty")]
    [InlineData("""{"action":"start","title":"a\u0000b"}""", "title", "invalid_value")]
    [InlineData("""{"action":"stop","conversationType":"00000000-0000-0000-0000-000000000002"}""", "conversationType", "not_for_action")]
    [InlineData("""{"action":"stop","integrationConnectionId":"c"}""", "integrationConnectionId", "not_for_action")]
    [InlineData("""{"action":"stop","opportunityId":"o"}""", "opportunityId", "not_for_action")]
    [InlineData("""{"action":"stop","jobId":"o"}""", "jobId", "not_for_action")]
    [InlineData("""{"action":"start","opportunityId":"o","jobId":"p"}""", "jobId", "conflict")]
    [InlineData("""{"action":"start","crmObjects":[{"objectType":"Lead","objectId":"1"}]}""", "integrationConnectionId", "required")]
    [InlineData("""{"action":"start","integrationConnectionId":"c","crmObjects":[]}""", "crmObjects", "invalid_value")]
    [InlineData("""{"action":"start","integrationConnectionId":"c","crmObjects":[{"objectType":"Deal","objectId":"1"}]}""",
        "crmObjects[0].objectType", "invalid_value")]
    [InlineData(
        """{"action":"start","integrationConnectionId":"c","crmObjects":[{"objectType":"Lead"}]}""", "crmObjects[0].objectId", "required")]
    [InlineData("""{"action":"start","redirectUrl":"/relative path"}""", "redirectUrl", "invalid_url")]
    [InlineData("""{"action":"start","redirectUrl":"javascript:alert(1)"}""", "redirectUrl", "invalid_url")]
    [InlineData("""{"action":"restart","appointmentId":"a"}""", "appointmentId", "not_for_action")]
    public void A_broken_rule_is_named_by_its_parameter(string json, string field, string code)
    {
        var parameters = JsonSerializer.Deserialize<RecordLinkParameters>(json, JsonSerializerOptions.Web)!;
        Assert.Contains(RecordLinkRules.Check(parameters, "", []), e => e.Field == field && e.Code == code);
    }

    [Theory]
    [InlineData("""{"action":"start","opportunityId":"o"}""", "opportunityId", "deprecated")]
    [InlineData("""{"action":"restart","jobId":"o"}""", "jobId", "deprecated")]
    [InlineData("""{"action":"start","redirectUrl":"yourApp://back"}""", "redirectUrl", "app_scheme")]
    [InlineData("""{"action":"stop","redirectUrl":"http://example.com"}""", "redirectUrl", "not_https")]
    public void What_works_but_perhaps_not_as_meant_is_a_warning(string json, string parameter, string code)
    {
        var warnings = new List<LinkWarning>();
        Assert.Empty(
            RecordLinkRules.Check(JsonSerializer.Deserialize<RecordLinkParameters>(json, JsonSerializerOptions.Web)!, "", warnings));
        Assert.Contains(warnings, w => w.Parameter == parameter && w.Code == code);
    }

    private static Dictionary<string, string> Query(string link) =>
        QueryHelpers.ParseQuery(new Uri(link).Query).ToDictionary(q => q.Key, q => q.Value.Single()!, StringComparer.Ordinal);
}
