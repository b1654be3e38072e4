namespace Siro.Gateway.Documentation;

/// <summary>
/// What a browser may do on the documentation page: run and load the page's own files, call the gateway itself, nothing else.
/// </summary>
internal static class PageHeaders
{
    public static void Set(IHeaderDictionary headers)
    {
        // Swagger UI sets inline styles and draws its icons from data: addresses; it needs no inline script.
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        SetRest(headers);
    }

    /// <summary>The same for a page that consists of text and links alone.</summary>
    public static void SetStatic(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        SetRest(headers);
    }

    private static void SetRest(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
