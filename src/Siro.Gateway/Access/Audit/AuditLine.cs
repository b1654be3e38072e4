using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>
/// One call's line of audit (event 1601): what the log's list of values and message are made of, and the same straight as JSON.
/// </summary>
/// <param name="Who">The person or the key behind a session of the console; null elsewhere.</param>
internal readonly record struct AuditLine(
    string? Client, string? Organization, string? ActingUser, string Operation, int Status, long BytesIn, long BytesOut, double DurationMs,
        string CallTraceId, bool Aborted, AuditedPerson? Who = null)
    : IJsonLogState
{
    public static readonly EventId Event = new(1601, "Called");

    public static readonly Func<AuditLine, Exception?, string> Formatter = static (line, _) => line.ToString();

    private const string Format =
        "{Client} {Organization} {ActingUser} {Operation} {Status} in={BytesIn} out={BytesOut} {DurationMs:F1}ms {CallTraceId} "
            + "aborted={Aborted}";

    private const string Null = "(null)";

    /// <summary>The format's own entry is the last one.</summary>
    public int Count => Who is null ? 11 : 13;

    public string? TraceId => CallTraceId;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new(nameof(Client), Client),
        1 => new(nameof(Organization), Organization),
        2 => new(nameof(ActingUser), ActingUser),
        3 => new(nameof(Operation), Operation),
        4 => new(nameof(Status), Status),
        5 => new(nameof(BytesIn), BytesIn),
        6 => new(nameof(BytesOut), BytesOut),
        7 => new(nameof(DurationMs), DurationMs),
        8 => new(nameof(CallTraceId), CallTraceId),
        9 => new(nameof(Aborted), Aborted),
        10 when Who is null => new("{OriginalFormat}", Format),
        10 => new(nameof(Who), Who!.Name),
        11 when Who is not null => new(nameof(AuditedPerson.Target), Who.Target),
        12 when Who is not null => new("{OriginalFormat}", Format + " by {Who} on {Target}"),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Client ?? Null} {Organization ?? Null} {ActingUser ?? Null} {Operation} {Status} in={BytesIn} out={BytesOut} "
            + $"{DurationMs:F1}ms {CallTraceId} aborted={Aborted}{Who}");

    public void WriteTo(Utf8JsonWriter json)
    {
        Span<byte> message = stackalloc byte[1024];
        if (Utf8.TryWrite(
            message,
            CultureInfo.InvariantCulture,
            $"{Client ?? Null} {Organization ?? Null} {ActingUser ?? Null} {Operation} {Status} in={BytesIn} out={BytesOut} "
                + $"{DurationMs:F1}ms {CallTraceId} aborted={Aborted}{Who}",
            out var length))
        {
            json.WriteString(Names.Message, message[..length]);
        }
        else
        {
            json.WriteString(Names.Message, ToString());
        }

        json.WriteStartObject(Names.Fields);
        json.WriteString(Names.Client, Client);
        json.WriteString(Names.Organization, Organization);
        json.WriteString(Names.ActingUser, ActingUser);
        json.WriteString(Names.Operation, Operation);
        json.WriteNumber(Names.Status, Status);
        json.WriteNumber(Names.BytesIn, BytesIn);
        json.WriteNumber(Names.BytesOut, BytesOut);
        json.WriteNumber(Names.DurationMs, DurationMs);
        json.WriteString(Names.CallTraceId, CallTraceId);
        json.WriteBoolean(Names.Aborted, Aborted);
        if (Who is not null)
        {
            json.WriteString(Names.Who, Who.Name);
            json.WriteString(Names.Target, Who.Target);
        }

        json.WriteEndObject();
    }

    /// <summary>Encoded once: they stand in every line.</summary>
    private static class Names
    {
        public static readonly JsonEncodedText Message = JsonEncodedText.Encode("message");
        public static readonly JsonEncodedText Fields = JsonEncodedText.Encode("fields");
        public static readonly JsonEncodedText Client = JsonEncodedText.Encode("Client");
        public static readonly JsonEncodedText Organization = JsonEncodedText.Encode("Organization");
        public static readonly JsonEncodedText ActingUser = JsonEncodedText.Encode("ActingUser");
        public static readonly JsonEncodedText Operation = JsonEncodedText.Encode("Operation");
        public static readonly JsonEncodedText Status = JsonEncodedText.Encode("Status");
        public static readonly JsonEncodedText BytesIn = JsonEncodedText.Encode("BytesIn");
        public static readonly JsonEncodedText BytesOut = JsonEncodedText.Encode("BytesOut");
        public static readonly JsonEncodedText DurationMs = JsonEncodedText.Encode("DurationMs");
        public static readonly JsonEncodedText CallTraceId = JsonEncodedText.Encode("CallTraceId");
        public static readonly JsonEncodedText Aborted = JsonEncodedText.Encode("Aborted");
        public static readonly JsonEncodedText Who = JsonEncodedText.Encode("Who");
        public static readonly JsonEncodedText Target = JsonEncodedText.Encode("Target");
    }
}
