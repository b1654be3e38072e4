using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Calls.Sources;

/// <summary>JSON pointers (RFC 6901) over parsed JSON, and values as text.</summary>
internal static class JsonPointer
{
    /// <summary>Empty, or starts with a slash.</summary>
    public static bool IsValid(string pointer) => pointer.Length == 0 || pointer[0] == '/';

    /// <summary>The element, or null when there is none.</summary>
    public static JsonElement? Find(JsonElement root, string pointer)
    {
        var at = root;
        foreach (var step in pointer.Split('/').Skip(1))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
            {
                at = member;
            }
            else if (at.ValueKind == JsonValueKind.Array && name is ("0" or [>= '1' and <= '9', ..])
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength())
            {
                at = at[index];
            }
            else
            {
                return null;
            }
        }

        return at;
    }

    /// <summary>A string, number or truth value as text; null for anything else and for the empty string.</summary>
    public static string? Text(JsonElement root, string? pointer) =>
        pointer is not null && Find(root, pointer) is { } found ? Text(found) : null;

    public static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>ISO 8601 or RFC 1123 text, or a Unix time in seconds or milliseconds.</summary>
    public static DateTimeOffset? Moment(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return number is >= 0 and < 1e15 ? SourceSignatures.UnixTime((long)number) : null;
        }

        return Iso8601.Parse(text);
    }

    /// <summary>The body as JSON; throws 422 when it is none. A name cut within an emoji is no reason to lose the call.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(JsonText.Readable(body), new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw SourceProblems.Invalid("The notification's body is no JSON.");
        }
    }
}
