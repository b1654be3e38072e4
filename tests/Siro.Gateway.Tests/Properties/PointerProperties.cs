using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Tests.Properties;

/// <summary>JSON pointers and payload filters against the plainest thing that could be written.</summary>
public sealed class PointerProperties
{
    private static readonly string[] Names = ["a", "b", "a/b", "~", "~1", "m~n", "", "0", "1", "01", "ü"];

    private static Gen<JsonNode?> Json(string[] names, int depth) => depth == 0
        ? Gen.Elements<Func<JsonNode?>>(() => null, () => 1, () => 2.5, () => "x", () => "", () => true, () => false).Select(make => make())
        : Gen.Frequency(
            (2, Json(names, 0)),
            (2, from count in Gen.Choose(0, 3) from items in Json(names, depth - 1).ArrayOf(count) select (JsonNode?)new JsonArray(items)),
            (3, from keys in Gen.Elements(names).ArrayOf(3)
                from values in Json(names, depth - 1).ArrayOf(3)
                select (JsonNode?)new JsonObject(
                    keys.Zip(values).DistinctBy(p => p.First).Select(p => KeyValuePair.Create<string, JsonNode?>(p.First, p.Second)))));

    [Fact]
    public void Every_place_of_a_document_is_found_by_its_pointer() =>
        Prop.ForAll(Json(Names, 4).ToArbitrary(), node =>
        {
            var root = JsonSerializer.SerializeToElement(node);
            foreach (var (pointer, value) in Places(root, ""))
            {
                Assert.True(JsonPointer.Find(root, pointer) is { } found && JsonElement.DeepEquals(found, value), pointer);
                Assert.Null(JsonPointer.Find(root, pointer + "/nowhere"));
            }
        }).Holds(500);

    [Theory]
    [InlineData("/01")]
    [InlineData("/-")]
    [InlineData("/+1")]
    [InlineData("/ 1")]
    [InlineData("/1.0")]
    [InlineData("/3")]
    [InlineData("/99999999999")]
    public void What_is_no_index_picks_nothing(string pointer) =>
        Assert.Null(JsonPointer.Find(JsonSerializer.SerializeToElement(new[] { 1, 2, 3 }), pointer));

    private static IEnumerable<(string Pointer, JsonElement Value)> Places(JsonElement at, string pointer)
    {
        yield return (pointer, at);
        var inner = at.ValueKind switch
        {
            JsonValueKind.Object =>
                at.EnumerateObject().SelectMany(m => Places(m.Value, pointer + "/"
                    + m.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal))),
            JsonValueKind.Array => at.EnumerateArray().SelectMany((e, i) => Places(e, $"{pointer}/{i}")),
            _ => [],
        };
        foreach (var place in inner)
        {
            yield return place;
        }
    }

    private static readonly string[] Fields = ["a", "b", "0", "1"];

    private static readonly Gen<JsonNode?> Scalar = Gen.Elements<Func<JsonNode?>>(
        () => null, () => 1, () => 1.0, () => 2, () => "x", () => "1", () => true, () => false).Select(make => make());

    private static readonly Gen<string> Path = from count in Gen.Choose(1, 3) from names in Gen.Elements(Fields)
        .ArrayOf(count) select string.Join('.', names);

    private static readonly Gen<JsonObject> OneCondition = Gen.Frequency(
        (4, from path in Path from value in Scalar select new JsonObject { [path] = value }),
        (2, from path in Path from value in Scalar select new JsonObject { [path] = new JsonObject { ["$eq"] = value } }),
        (2, from path in Path from count in Gen.Choose(1, 3) from values in Scalar
            .ArrayOf(count) select new JsonObject { [path] = new JsonObject { ["$in"] = new JsonArray(values) } }),
        (2, from path in Path from expected in Gen.Elements(
            true, false) select new JsonObject { [path] = new JsonObject { ["$exists"] = expected } }));

    private static Gen<JsonObject> Filter(int depth) => depth == 0 ? OneCondition : Gen.Frequency(
        (3, OneCondition),
        (1, from word in Gen.Elements("$and", "$or") from count in Gen.Choose(1, 3) from all in Filter(depth - 1)
            .ArrayOf(count) select new JsonObject { [word] = new JsonArray(all) }),
        (1, from one in Filter(depth - 1) select new JsonObject { ["$not"] = one }));

    [Fact]
    public void A_filter_answers_as_its_plainest_reading_does() =>
        Prop.ForAll((from filter in Filter(3) from payload in Json(Fields, 4) select (filter.ToJsonString(),
            payload?.ToJsonString() ?? "null")).ToArbitrary(), c =>
        {
            var (filter, errors) = EventFilterParser.Parse(JsonDocument.Parse(c.Item1).RootElement, "filter");
            Assert.Empty(errors);
            Assert.Equal(Plain(JsonNode.Parse(c.Item1)!.AsObject(), JsonNode.Parse(c.Item2)),
                filter!.Matches(JsonDocument.Parse(c.Item2).RootElement));
        }).Holds(5000);

    private static bool Plain(JsonObject filter, JsonNode? payload) => filter.All(member => member.Key switch
    {
        "$and" => member.Value!.AsArray().All(f => Plain(f!.AsObject(), payload)),
        "$or" => member.Value!.AsArray().Any(f => Plain(f!.AsObject(), payload)),
        "$not" => !Plain(member.Value!.AsObject(), payload),
        _ => Condition(member.Value, [.. At(payload, member.Key.Split('.'))]),
    });

    private static bool Condition(JsonNode? wanted, List<JsonNode?> values)
    {
        if (wanted is not JsonObject condition)
        {
            return Equal([wanted], values);
        }

        var (word, value) = condition.Single();
        return word switch
        {
            "$exists" => values.Count > 0 == value!.GetValue<bool>(),
            "$in" => Equal([.. value!.AsArray()], values),
            _ => Equal([value], values),
        };
    }

    private static bool Equal(List<JsonNode?> candidates, List<JsonNode?> values) =>
        values.Any(v => candidates.Any(c => JsonNode.DeepEquals(c, v))
            || (v is JsonArray array && array.Any(e => candidates.Any(c => JsonNode.DeepEquals(c, e)))));

    private static IEnumerable<JsonNode?> At(JsonNode? node, string[] names)
    {
        if (names.Length == 0)
        {
            return [node];
        }

        return node switch
        {
            JsonObject map => map.TryGetPropertyValue(names[0], out var member) ? At(member, names[1..]) : [],
            JsonArray array when int.TryParse(names[0], out var index) && index < array.Count => At(array[index], names[1..]),
            JsonArray array => array.Where(e => e is JsonObject).SelectMany(e => At(e, names)),
            _ => [],
        };
    }
}
