using System.Collections.Frozen;
using System.Text;

namespace Siro.Gateway.Proxy;

/// <summary>Which headers cross the gateway. Towards Siro only what is listed; towards the caller all but what is listed.</summary>
internal static class ForwardedHeaders
{
    /// <summary>About the content: they belong to the body, not to the request.</summary>
    public static readonly FrozenSet<string> Content = new[]
    {
        "Content-Type", "Content-Encoding", "Content-Language", "Content-Length",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Everything of a caller's that Siro gets to see.</summary>
    public static readonly FrozenSet<string> Request = new[]
    {
        "Accept", "Accept-Encoding", "Accept-Language",
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range",
    }.Concat(Content).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What a caller never gets to see of Siro: cookies, banners, the way there; and what only the gateway may say.</summary>
    public static readonly string[] StrippedFromResponse =
    [
        "Set-Cookie", "Set-Cookie2", "Server", "X-Powered-By", "Via", "Alt-Svc", "X-Siro-Auth-Token", Common.ProblemResult.ErrorHeader,
    ];

    /// <summary>The first header that would cross but can't be sent, because it is not ASCII (RFC 9110, 5.5); null where all can.</summary>
    public static string? FirstUnsendable(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (!Ascii.IsValid(value) && Passes(name, headers))
                {
                    return name;
                }
            }
        }

        return null;
    }

    /// <summary>True when the header crosses: listed, and not named by the request's Connection header as one for this hop alone (RFC 9110, 7.6.1).</summary>
    public static bool Passes(string name, IHeaderDictionary headers)
    {
        if (!Request.Contains(name))
        {
            return false;
        }

        foreach (var value in headers.Connection)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
