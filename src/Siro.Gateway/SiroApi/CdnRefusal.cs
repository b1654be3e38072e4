using System.Net;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The page by which the CDN in front of siro.ai refuses a User-Agent: 403, HTML, "error code: 1010" (reported by public clients).
/// </summary>
internal static class CdnRefusal
{
    /// <summary>True for a 403 that is a page and not Siro's JSON; Siro's own 403 is <c>application/json</c>.</summary>
    public static bool Is(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Forbidden
        && response.Content.Headers.ContentType?.MediaType is "text/html" or "text/plain";
}
