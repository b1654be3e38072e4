using Siro.Gateway.Common;

namespace Siro.Gateway.Outbound;

/// <summary>Checks an outside URL as it was given, before anything is resolved.</summary>
public static class OutboundUrl
{
    private const int MostHostCharacters = 253;

    /// <summary>
    /// The URL, or what is wrong with it: <c>invalid_url</c> (not absolute, other scheme than http or https, a fragment),
    /// <c>url_credentials</c> (a user or password in it), <c>address_forbidden</c> (an address that the rules refuse, in any notation; a
    /// name for this machine).
    /// A host name is checked when it is resolved, at each connection.
    /// </summary>
    public static (Uri? Url, FieldError? Error) Check(string? text, string field, OutboundRules rules)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 4096 || text.Any(char.IsControl)
            || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            return (null, new FieldError(field, "invalid_url", "must be an absolute http or https URL of at most 4096 characters"));
        }

        if (url.UserInfo.Length > 0)
        {
            return (null, new FieldError(field, "url_credentials", "must not carry a user name or password"));
        }

        if (!IsResolvable(url) || HostNotation.Addresses(url.Host) is not { } literal)
        {
            return (null, new FieldError(field, "invalid_url", "has a host that is neither a name nor an address"));
        }

        if (literal.Length > 0 && !literal.Any(a => AddressGuard.Allows(a, rules.ParsedNetworks())))
        {
            return (null, new FieldError(field, "address_forbidden", "points to an address that this gateway does not connect to"));
        }

        return (url, null);
    }

    /// <summary>
    /// Whether a resolver takes the name: labels of at most 63 octets, in all 253 (RFC 1035, section 2.3.4), counted as they are sent.
    /// </summary>
    private static bool IsResolvable(Uri url)
    {
        try
        {
            return url.IdnHost.TrimEnd('.').Length <= MostHostCharacters;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }
}
