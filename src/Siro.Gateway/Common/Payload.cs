using System.Text.Json;

namespace Siro.Gateway.Common;

/// <summary>Reads bodies that ought to be JSON and may be none.</summary>
internal static class Payload
{
    /// <summary>
    /// The payload, or an undefined element where the bytes are no JSON. Every text in it can be read: U+FFFD stands for what can't.
    /// </summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(JsonText.Readable(body), new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>A member's text, or null.</summary>
    public static string? Text(this JsonElement payload, string member) =>
        payload.Member(member) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>True when the member is there and true.</summary>
    public static bool IsTrue(this JsonElement payload, string member) => payload.Member(member).ValueKind == JsonValueKind.True;

    /// <summary>A member other than null, or undefined.</summary>
    public static JsonElement Member(this JsonElement payload, string member) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : default;
}
