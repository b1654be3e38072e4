using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions.Filters;

/// <summary>
/// Reads a filter: <c>{"crm.opportunity.externalId": {"$exists": true}, "recordingLinked": true, "$or": [...]}</c>.
/// Members of one object are all to hold. A path's value is a plain JSON scalar (equal), an object of <c>$eq</c>, <c>$in</c>,
/// <c>$exists</c>, <c>$not</c>, or an object of further names (a path written by nesting). Errors carry their own path.
/// </summary>
internal sealed class EventFilterParser
{
    /// <summary>Most conditions in one filter.</summary>
    public const int MostConditions = 100;

    /// <summary>Deepest nesting.</summary>
    public const int Deepest = 10;

    /// <summary>Most candidates of one <c>$in</c>.</summary>
    public const int MostCandidates = 200;

    /// <summary>Longest path in characters.</summary>
    public const int LongestPath = 256;

    private readonly List<FieldError> _errors = [];
    private int _conditions;

    private EventFilterParser()
    {
    }

    /// <summary>The filter, or every error in it: <c>invalid_filter</c>, <c>unknown_operator</c>, <c>filter_too_large</c>.</summary>
    public static (EventFilter? Filter, IReadOnlyList<FieldError> Errors) Parse(JsonElement json, string field)
    {
        var parser = new EventFilterParser();
        var filter = parser.Conditions(json.Clone(), field, [], 0);
        return parser._errors.Count == 0 ? (filter, []) : (null, parser._errors);
    }

    private EventFilter Conditions(JsonElement json, string at, IReadOnlyList<string> path, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Wrong(at, "invalid_filter", "must be an object");
        }

        if (depth > Deepest)
        {
            return Wrong(at, "filter_too_large", $"is nested deeper than {Deepest}");
        }

        var all = new List<EventFilter>();
        foreach (var member in json.EnumerateObject())
        {
            var here = $"{at}.{member.Name}";
            if (++_conditions > MostConditions)
            {
                return Wrong(at, "filter_too_large", $"has more than {MostConditions} conditions");
            }

            all.Add(member.Name.StartsWith('$')
                ? Operator(member.Name, member.Value, here, path, depth)
                : Path(member, here, path, depth));
        }

        return all is [var single] ? single : new EventFilter.All(all);
    }

    private EventFilter Path(JsonProperty member, string at, IReadOnlyList<string> above, int depth)
    {
        List<string> names = [.. above, .. member.Name.Split('.')];
        if (names.Any(n => n.Length == 0) || names.Sum(n => n.Length + 1) > LongestPath)
        {
            return Wrong(at, "invalid_filter", $"is no path: names separated by dots, at most {LongestPath} characters");
        }

        return member.Value.ValueKind switch
        {
            JsonValueKind.Object => Conditions(member.Value, at, names, depth + 1),
            JsonValueKind.Array => Wrong(at, "invalid_filter", "an array stands only in $in, or as the value of $eq"),
            _ => Equal(names, [member.Value], at),
        };
    }

    private EventFilter Equal(IReadOnlyList<string> path, IReadOnlyList<JsonElement> candidates, string at) =>
        candidates.All(JsonNumber.AreComparable)
            ? new EventFilter.OneOf(new PayloadPath(path), candidates)
            : Wrong(at, "invalid_filter", "has a number that is too large or too small to compare");

    private EventFilter Operator(string name, JsonElement value, string at, IReadOnlyList<string> path, int depth)
    {
        switch (name)
        {
            case "$and" or "$or":
                if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
                {
                    return Wrong(at, "invalid_filter", "must be an array of at least one filter");
                }

                List<EventFilter> conditions = [.. value.EnumerateArray().Select((c, i) => Conditions(c, $"{at}[{i}]", path, depth + 1))];
                return name == "$and" ? new EventFilter.All(conditions) : new EventFilter.Any(conditions);
            case "$not":
                return value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any()
                    ? new EventFilter.Not(Conditions(value, at, path, depth + 1))
                    : Wrong(at, "invalid_filter", "must be an object with at least one condition");
            case "$eq" or "$in" or "$exists" when path.Count == 0:
                return Wrong(at, "invalid_filter", "stands under a path, as in {\"recordingId\": {\"" + name + "\": ...}}");
            case "$eq":
                return Equal(path, [value], at);
            case "$in":
                return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MostCandidates
                    ? Equal(path, [.. value.EnumerateArray()], at)
                    : Wrong(at, "invalid_filter", $"must be an array of 1 to {MostCandidates} values");
            case "$exists":
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? new EventFilter.Exists(new PayloadPath(path), value.GetBoolean())
                    : Wrong(at, "invalid_filter", "must be true or false");
            default:
                return Wrong(at, "unknown_operator", "is none of $eq, $in, $exists, $and, $or, $not");
        }
    }

    private EventFilter.All Wrong(string at, string code, string message)
    {
        _errors.Add(new FieldError(at, code, message));
        return new EventFilter.All([]);
    }
}
