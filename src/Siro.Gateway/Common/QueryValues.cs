using System.Globalization;

namespace Siro.Gateway.Common;

/// <summary>Reads query values; what is wrong is thrown as a problem.</summary>
internal static class QueryValues
{
    /// <summary>A whole number of the query. Throws 400 <c>invalid_query</c>.</summary>
    public static long Number(this IQueryCollection query, string name, long otherwise, long least, long most) =>
        query.Text(name) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw Wrong(name, $"must be a whole number, {least} to {most}");

    /// <summary>A moment of the query (RFC 3339), or null. Throws 400 <c>invalid_query</c>.</summary>
    public static DateTimeOffset? Moment(this IQueryCollection query, string name) =>
        query.Text(name) is not { } text
            ? null
            : Iso8601.Parse(PlusSign.InMoment(text)) ?? throw Wrong(name, "must be a moment such as 2026-01-31T12:00:00Z");

    /// <summary>Text of the query, or null. Throws 400 <c>invalid_query</c> where it stands twice.</summary>
    public static string? Text(this IQueryCollection query, string name) => query[name] switch
    {
        [{ Length: > 0 } text] => text,
        { Count: > 1 } => throw Wrong(name, "must stand once"),
        _ => null,
    };

    /// <summary>
    /// True or false of the query, false where it is absent; <c>?name</c> alone is true. Throws 400 <c>invalid_query</c>.
    /// </summary>
    public static bool Flag(this IQueryCollection query, string name) => query.Text(name) is not { } text ? query.ContainsKey(name)
        : bool.TryParse(text, out var flag) ? flag
        : text is "1" or "0" ? text == "1"
        : throw Wrong(name, "must be true or false");

    /// <summary>400 <c>invalid_query</c>.</summary>
    public static ProblemException Wrong(string name, string message) =>
        new(new Problem(
            400, "invalid_query", $"The query's '{name}' {message}.") { Errors = [new FieldError(name, "invalid_query", message)] });
}
