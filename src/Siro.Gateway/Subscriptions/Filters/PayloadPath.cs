using System.Globalization;
using System.Text.Json;

namespace Siro.Gateway.Subscriptions.Filters;

/// <summary>
/// A path into a payload: member names separated by dots. A number also picks an array's element; any other name looks into each element.
/// </summary>
internal sealed record PayloadPath(IReadOnlyList<string> Names)
{
    /// <summary>Every value at the path, none when it leads nowhere.</summary>
    public IEnumerable<JsonElement> Values(JsonElement payload) => Walk(payload, 0);

    private IEnumerable<JsonElement> Walk(JsonElement at, int index)
    {
        if (at.ValueKind == JsonValueKind.Undefined)
        {
            return [];
        }

        if (index == Names.Count)
        {
            return [at];
        }

        return at.ValueKind switch
        {
            JsonValueKind.Object => at.TryGetProperty(Names[index], out var member) ? Walk(member, index + 1) : [],
            JsonValueKind.Array => Element(at, index) is { } element
                ? Walk(element, index + 1)
                : at.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object).SelectMany(e => Walk(e, index)),
            _ => [],
        };
    }

    private JsonElement? Element(JsonElement array, int index) =>
        int.TryParse(Names[index], NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < array.GetArrayLength()
            ? array[at]
            : null;
}
