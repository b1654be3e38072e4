using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Tests.Subscriptions;

public class EventFilterTests
{
    private const string Payload = """
        {"recordingId":"rec-1","recordingProcessed":true,"recordingLinked":false,"score":1.50,"note":null,"huge":1e99999999999,"tiny":[{"n":{"a":1e-99999999999}},{"n":-1E-99999999999}],
         "crm":{"users":[{"id":"u1","externalId":"e1"},{"id":"u2"}],"opportunity":{"id":"o1","externalId":"opp-101"},"tags":["a","b"]}}
        """;

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static bool Matches(string filter, string payload = Payload)
    {
        var (parsed, errors) = EventFilterParser.Parse(Json(filter), "filter");
        Assert.Empty(errors);
        return parsed!.Matches(Json(payload));
    }

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"recordingId":"rec-1"}""", true)]
    [InlineData("""{"recordingId":"REC-1"}""", false)]
    [InlineData("""{"recordingProcessed":true}""", true)]
    [InlineData("""{"recordingProcessed":"true"}""", false)]
    [InlineData("""{"score":1.5}""", true)]
    [InlineData("""{"note":null}""", true)]
    [InlineData("""{"missing":null}""", false)]
    [InlineData("""{"huge":1}""", false)]
    [InlineData("""{"tiny.n":{"$in":[0,{"a":1}]}}""", false)]
    [InlineData("""{"recordingId":{"$eq":"rec-1"},"recordingLinked":{"$eq":true}}""", false)]
    [InlineData("""{"recordingId":{"$in":["x","rec-1"]}}""", true)]
    [InlineData("""{"recordingId":{"$in":["x"]}}""", false)]
    [InlineData("""{"crm.opportunity.externalId":{"$exists":true}}""", true)]
    [InlineData("""{"crm.lead":{"$exists":true}}""", false)]
    [InlineData("""{"crm.lead":{"$exists":false}}""", true)]
    [InlineData("""{"note":{"$exists":true}}""", true)]
    [InlineData("""{"crm":{"opportunity":{"externalId":"opp-101"}}}""", true)]
    [InlineData("""{"crm":{"opportunity.id":{"$eq":"o1"}}}""", true)]
    [InlineData("""{"crm.users.externalId":"e1"}""", true)]
    [InlineData("""{"crm.users.1.id":"u2"}""", true)]
    [InlineData("""{"crm.users.0.id":"u2"}""", false)]
    [InlineData("""{"crm.users.externalId":{"$in":["e7","e1"]}}""", true)]
    [InlineData("""{"crm.tags":"b"}""", true)]
    [InlineData("""{"crm.tags":{"$eq":["a","b"]}}""", true)]
    [InlineData("""{"$or":[{"recordingLinked":true},{"recordingProcessed":true}]}""", true)]
    [InlineData("""{"$and":[{"recordingLinked":true},{"recordingProcessed":true}]}""", false)]
    [InlineData("""{"$not":{"recordingLinked":true}}""", true)]
    [InlineData("""{"recordingId":{"$not":{"$eq":"rec-1"}}}""", false)]
    [InlineData("""{"recordingId":{"$or":[{"$eq":"x"},{"$in":["rec-1"]}]}}""", true)]
    [InlineData("""{"crm.lead.id":{"$not":{"$exists":true}}}""", true)]
    [InlineData("""{"recordingId.deeper":{"$exists":true}}""", false)]
    public void Conditions_are_decided_on_the_payloads_paths(string filter, bool expected) => Assert.Equal(expected, Matches(filter));

    [Fact]
    public void A_payload_that_is_no_json_has_no_paths()
    {
        var (exists, _) = EventFilterParser.Parse(Json("""{"a":{"$exists":false}}"""), "filter");
        var (equals, _) = EventFilterParser.Parse(Json("""{"a":1}"""), "filter");
        Assert.True(exists!.Matches(default));
        Assert.False(equals!.Matches(default));
    }

    [Theory]
    [InlineData("[]", "filter", "invalid_filter")]
    [InlineData("\"x\"", "filter", "invalid_filter")]
    [InlineData("""{"a":{"$gt":1}}""", "filter.a.$gt", "unknown_operator")]
    [InlineData("""{"a":1e99999999999}""", "filter.a", "invalid_filter")]
    [InlineData("""{"a":{"$in":[1,[{"b":-1E-2147483648}]]}}""", "filter.a.$in", "invalid_filter")]
    [InlineData("""{"$eq":1}""", "filter.$eq", "invalid_filter")]
    [InlineData("""{"$or":[]}""", "filter.$or", "invalid_filter")]
    [InlineData("""{"$or":{"a":1}}""", "filter.$or", "invalid_filter")]
    [InlineData("""{"$and":[{"a":1},{"b":{"$in":[]}}]}""", "filter.$and[1].b.$in", "invalid_filter")]
    [InlineData("""{"a":{"$exists":"yes"}}""", "filter.a.$exists", "invalid_filter")]
    [InlineData("""{"a":[1,2]}""", "filter.a", "invalid_filter")]
    [InlineData("""{"a..b":1}""", "filter.a..b", "invalid_filter")]
    [InlineData("""{"$not":1}""", "filter.$not", "invalid_filter")]
    public void An_error_is_told_by_its_path(string filter, string field, string code)
    {
        var (parsed, errors) = EventFilterParser.Parse(Json(filter), "filter");
        Assert.Null(parsed);
        var error = Assert.Single(errors);
        Assert.Equal((field, code), (error.Field, error.Code));
    }

    [Fact]
    public void Every_error_is_told()
    {
        var (_, errors) = EventFilterParser.Parse(Json("""{"a":{"$gt":1},"b":{"$in":3}}"""), "filter");
        Assert.Equal(["filter.a.$gt", "filter.b.$in"], errors.Select(e => e.Field));
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"$not\":", 12)) + "{\"a\":1}" + new string('}', 12);
        Assert.Contains(EventFilterParser.Parse(Json(deep), "filter").Errors, e => e.Code == "filter_too_large");
        var wide = "{" + string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"p{i}\":1")) + "}";
        Assert.Contains(EventFilterParser.Parse(Json(wide), "filter").Errors, e => e.Code == "filter_too_large");
        var many = "{\"a\":{\"$in\":[" + string.Join(',', Enumerable.Range(0, 201)) + "]}}";
        Assert.Contains(EventFilterParser.Parse(Json(many), "filter").Errors, e => e.Code == "invalid_filter");
    }
}
