using System.Globalization;
using System.Text.Json;

namespace Siro.Gateway.Common;

/// <summary>Reads small JSON bodies and query values; what is wrong is thrown as a problem.</summary>
internal static class RequestJson
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The body as JSON object; an absent one as an empty object. Throws 400 <c>invalid_json</c>, 413 <c>body_too_large</c>.</summary>
    public static async Task<JsonElement> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MostBytes)
        {
            throw new ProblemException(new Problem(413, "body_too_large", $"The body is at most {MostBytes} bytes."));
        }

        var json = Payload.Parse(length == 0 ? "{}"u8.ToArray() : buffer.AsMemory(0, length));
        return json.ValueKind == JsonValueKind.Object && JsonText.IsReadable(buffer.AsSpan(0, length)) ? json : throw new ProblemException(new Problem(400, "invalid_json", "The body must be a JSON object, its texts valid Unicode."));
    }

    /// <summary>A whole number of the query. Throws 400 <c>invalid_query</c>.</summary>
    public static long Number(this IQueryCollection query, string name, long otherwise, long least, long most) =>
        query.Text(name) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw Wrong(name, $"must be a whole number, {least} to {most}");

    /// <summary>A moment of the query (RFC 3339), or null. Throws 400 <c>invalid_query</c>.</summary>
    public static DateTimeOffset? Moment(this IQueryCollection query, string name) =>
        query.Text(name) is not { } text ? null : Iso8601.Parse(PlusSign.InMoment(text)) ?? throw Wrong(name, "must be a moment such as 2026-01-31T12:00:00Z");

    /// <summary>Text of the query, or null. Throws 400 <c>invalid_query</c> where it stands twice.</summary>
    public static string? Text(this IQueryCollection query, string name) => query[name] switch
    {
        [{ Length: > 0 } text] => text,
        { Count: > 1 } => throw Wrong(name, "must stand once"),
        _ => null,
    };

    /// <summary>True or false of the query, false where it is absent; <c>?name</c> alone is true. Throws 400 <c>invalid_query</c>.</summary>
    public static bool Flag(this IQueryCollection query, string name) => query.Text(name) is not { } text ? query.ContainsKey(name)
        : bool.TryParse(text, out var flag) ? flag
        : text is "1" or "0" ? text == "1"
        : throw Wrong(name, "must be true or false");

    /// <summary>400 <c>invalid_query</c>.</summary>
    public static ProblemException Wrong(string name, string message) =>
        new(new Problem(400, "invalid_query", $"The query's '{name}' {message}.") { Errors = [new FieldError(name, "invalid_query", message)] });
}
