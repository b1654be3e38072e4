using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>Events as readers get them: the payload as JSON, or base64 where it is none.</summary>
internal static class PullJson
{
    /// <summary><c>{data, cursor, more}</c>.</summary>
    public static byte[] Page(PullPage page) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var (e, body) in page.Events)
        {
            Event(json, e, body);
        }

        json.WriteEndArray();
        json.WriteString("cursor", page.Cursor.ToString(CultureInfo.InvariantCulture));
        json.WriteBoolean("more", page.More);
        json.WriteEndObject();
    });

    /// <summary>One event, on one line.</summary>
    public static byte[] Event(StoredEvent e, ReadOnlyMemory<byte> body) => Write(json => Event(json, e, body));

    private static void Event(Utf8JsonWriter json, StoredEvent e, ReadOnlyMemory<byte> body)
    {
        json.WriteStartObject();
        json.WriteString("id", e.Id);
        json.WriteString("cursor", e.Number.ToString(CultureInfo.InvariantCulture));
        json.WriteString("type", e.Type);
        json.WriteString("receivedAt", e.ReceivedAt);
        var payload = Payload.Parse(body);
        if (payload.ValueKind == JsonValueKind.Undefined)
        {
            json.WriteBase64String("payloadBase64", body.Span);
        }
        else
        {
            json.WritePropertyName("payload");
            payload.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return buffer.ToArray();
    }
}
