using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Telemetry.Logs;

/// <summary>
/// One JSON object per line: time, level, category, event id, message, trace ids, the message's values under <c>fields</c>, the exception.
/// Scopes are left out: the framework's carry the raw path.
/// </summary>
internal static class JsonLine
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText LevelName = JsonEncodedText.Encode("level");
    private static readonly JsonEncodedText CategoryName = JsonEncodedText.Encode("category");
    private static readonly JsonEncodedText Event = JsonEncodedText.Encode("event");
    private static readonly JsonEncodedText TraceId = JsonEncodedText.Encode("traceId");
    private static readonly JsonEncodedText SpanId = JsonEncodedText.Encode("spanId");

    private static readonly JsonEncodedText[] Levels =
        [.. new[] { "trace", "debug", "information", "warning", "error", "critical" }.Select(level => JsonEncodedText.Encode(level))];

    public static void Write<TState>(
        Utf8JsonWriter json, DateTimeOffset time, LogLevel level, JsonEncodedText category, int id, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        json.WriteStartObject();
        WriteTime(json, time);
        json.WriteString(LevelName, Levels[Math.Min((int)level, Levels.Length - 1)]);
        json.WriteString(CategoryName, category);
        json.WriteNumber(Event, id);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            json.WriteString(TraceId, activity.TraceId.ToHexString());
            json.WriteString(SpanId, activity.SpanId.ToHexString());
        }
        else if (SelfWritten<TState>.TraceId?.Invoke(state) is { } traceId)
        {
            json.WriteString(TraceId, traceId);
        }

        if (SelfWritten<TState>.Write is { } write)
        {
            write(json, state);
        }
        else
        {
            json.WriteString("message", formatter(state, exception));
            WriteFields(json, state as IReadOnlyList<KeyValuePair<string, object?>>);
        }

        if (exception is not null)
        {
            json.WriteString("exception", exception.ToString());
        }

        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        if (values is not { Count: > 1 })
        {
            return;
        }

        json.WriteStartObject("fields");
        foreach (var (name, value) in values)
        {
            if (name != "{OriginalFormat}")
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool boolean:
                json.WriteBooleanValue(boolean);
                break;
            case int or long or short or byte:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                // A Secret prints itself redacted.
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>As <see cref="Iso8601.Text"/>, without its string.</summary>
    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[32];
        time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        const int UpToMilliseconds = 23;
        text[UpToMilliseconds] = (byte)'Z';
        json.WriteString(Time, text[..(UpToMilliseconds + 1)]);
    }

    /// <summary>
    /// How a state of this type writes itself; null where it does not. As an interface it would be boxed for each line.
    /// </summary>
    private static class SelfWritten<TState>
    {
        public static readonly Func<TState, string?>? TraceId;
        public static readonly Action<Utf8JsonWriter, TState>? Write;

        static SelfWritten()
        {
            if (typeof(TState).IsAssignableTo(typeof(IJsonLogState)))
            {
                var parts = typeof(Parts<>).MakeGenericType(typeof(TState));
                TraceId = parts.GetMethod(nameof(IJsonLogState.TraceId))!.CreateDelegate<Func<TState, string?>>();
                Write = parts.GetMethod("Write")!.CreateDelegate<Action<Utf8JsonWriter, TState>>();
            }
        }
    }

    private static class Parts<TState>
        where TState : IJsonLogState
    {
        public static string? TraceId(TState state) => state.TraceId;

        public static void Write(Utf8JsonWriter json, TState state) => state.WriteTo(json);
    }
}
