using System.Globalization;
using System.Text.Json;

namespace Siro.Gateway.Subscriptions.Filters;

/// <summary>Numbers of JSON have no bounds, comparing them has: an exponent beyond an int is an exception.</summary>
internal static class JsonNumber
{
    private const int MostExponent = 1_000_000;

    /// <summary>True when the value, with all that is in it, has no number with an absurd exponent.</summary>
    public static bool AreComparable(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => IsComparable(value.GetRawText()),
        JsonValueKind.Array => value.EnumerateArray().All(AreComparable),
        JsonValueKind.Object => value.EnumerateObject().All(p => AreComparable(p.Value)),
        _ => true,
    };

    private static bool IsComparable(ReadOnlySpan<char> number) =>
        number.IndexOfAny('e', 'E') is var at && (at < 0
        || (int.TryParse(number[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            && exponent is >= -MostExponent and <= MostExponent));
}
