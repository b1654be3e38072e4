using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.Outbound;

/// <summary>Checks an outside URL as it was given, before anything is resolved.</summary>
public static class OutboundUrl
{
    /// <summary>
    /// The URL, or what is wrong with it: <c>invalid_url</c> (not absolute, other scheme than http or https, a fragment),
    /// <c>url_credentials</c> (a user or password in it), <c>address_forbidden</c> (a literal address that the rules refuse).
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

        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && !AddressGuard.Allows(address, rules.ParsedNetworks()))
        {
            return (null, new FieldError(field, "address_forbidden", "points to an address that this gateway does not connect to"));
        }

        return (url, null);
    }
}
