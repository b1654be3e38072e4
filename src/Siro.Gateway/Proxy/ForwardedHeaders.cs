using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

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

    /// <summary>
    /// What is listed, each with the property that reads it: the server keeps these in fields, so that one which was not sent costs a look
    /// at a bit, and none of the caller's other headers is looked at.
    /// </summary>
    private static readonly ListedHeader[] Listed =
    [
        new("Accept", static h => h.Accept), new("Accept-Encoding", static h => h.AcceptEncoding),
        new("Accept-Language", static h => h.AcceptLanguage),
        new("If-Match", static h => h.IfMatch), new("If-None-Match", static h => h.IfNoneMatch),
        new("If-Modified-Since", static h => h.IfModifiedSince),
        new("If-Unmodified-Since", static h => h.IfUnmodifiedSince), new("If-Range", static h => h.IfRange),
        new("Range", static h => h.Range),
        new("Content-Type", static h => h.ContentType), new("Content-Encoding", static h => h.ContentEncoding),
        new("Content-Language", static h => h.ContentLanguage),
        new("Content-Length", static h => h[HeaderNames.ContentLength]),
    ];

    /// <summary>The first header that would cross but can't be sent, because it is not ASCII (RFC 9110, 5.5); null where all can.</summary>
    public static string? FirstUnsendable(IHeaderDictionary headers)
    {
        foreach (var header in Listed)
        {
            foreach (var value in header.Read(headers))
            {
                if (!Ascii.IsValid(value) && Passes(header.Name, headers))
                {
                    return header.Name;
                }
            }
        }

        return null;
    }

    /// <summary>Puts everything that crosses on the request to Siro.</summary>
    public static void CopyTo(HttpRequestMessage request, IHeaderDictionary headers)
    {
        var chunked = headers.TransferEncoding.Count > 0;
        foreach (var header in Listed)
        {
            var values = header.Read(headers);
            if (values.Count == 0 || !Passes(header.Name, headers))
            {
                continue;
            }

            HttpHeaders? to = !header.IsOfContent ? request.Headers : header.IsLength && chunked ? null : request.Content?.Headers;
            if (values.Count == 1)
            {
                to?.TryAddWithoutValidation(header.Name, values.ToString());
            }
            else
            {
                to?.TryAddWithoutValidation(header.Name, values.AsEnumerable());
            }
        }
    }

    /// <summary>
    /// True when the header crosses: listed, and not named by the request's Connection header as one for this hop alone (RFC 9110, 7.6.1).
    /// </summary>
    public static bool Passes(string name, IHeaderDictionary headers)
    {
        if (!Request.Contains(name))
        {
            return false;
        }

        if (headers.Connection.Count == 0)
        {
            return true;
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

    /// <summary>A listed header.</summary>
    private sealed record ListedHeader(string Name, Func<IHeaderDictionary, StringValues> Read)
    {
        public bool IsOfContent { get; } = Content.Contains(Name);

        public bool IsLength { get; } = Name == HeaderNames.ContentLength;
    }
}
