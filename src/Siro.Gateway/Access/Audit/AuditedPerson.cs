using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>Who acted through a session of the console, and on what: for the audit line.</summary>
/// <param name="Name"><c>person:</c> and the id at the identity provider, or <c>key:</c> and the first twelve digits of the API key's
/// hash. No name, no address.</param>
/// <param name="Target">The ids in the call's route; null where it has none.</param>
internal sealed record AuditedPerson(string Name, string? Target)
{
    private const int Longest = 200;
    private const string PersonPrefix = "person:";

    /// <summary>The id at the identity provider; null where a key or a token began the session.</summary>
    public string? PersonId => Name.StartsWith(PersonPrefix, StringComparison.Ordinal) ? Name[PersonPrefix.Length..] : null;

    /// <summary>Names who is behind this call.</summary>
    public static void Set(HttpContext context, string name) => CallNotes.Of(context).Person = name;

    /// <summary>Who is behind this call, or null where it came without a session.</summary>
    public static AuditedPerson? Of(HttpContext context) =>
        CallNotes.Of(context).Person is { } name ? new AuditedPerson(name, TargetOf(context.Request.RouteValues)) : null;

    public override string ToString() => Target is null ? $" by {Name}" : $" by {Name} on {Target}";

    /// <summary>A route's values are the caller's own text: only what an id can be is repeated.</summary>
    private static string? TargetOf(RouteValueDictionary values)
    {
        var ids = string.Join('/', values.Values.OfType<string>()
            .Where(v => v.Length is > 0 and <= Longest && v.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~')));
        return ids.Length == 0 ? null : ids.Length <= Longest ? ids : ids[..Longest];
    }
}
