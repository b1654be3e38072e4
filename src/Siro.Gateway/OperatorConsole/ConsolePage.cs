using Microsoft.Extensions.Primitives;

namespace Siro.Gateway.OperatorConsole;

/// <summary>Serves the page and its files: compressed, with ETags, the files under their hash for ever.</summary>
internal sealed class ConsolePage(ConsoleFiles files)
{
    /// <summary>
    /// Runs and loads its own files alone, calls the gateway alone, is framed by nobody; no text becomes script or markup (Trusted Types
    /// without any policy).
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public Task PageAsync(HttpContext context)
    {
        // Its links are relative, for a proxy that adds a prefix: so there is one address only.
        if (context.Request.Path.Value is { } path && path.EndsWith('/'))
        {
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = "../console";
            return Task.CompletedTask;
        }

        return SendAsync(context, files.Page, "no-cache");
    }

    public Task FileAsync(HttpContext context, string version, string path)
    {
        if (files.Find(path) is not { } file)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // While a new version rolls out, a page of one may ask a replica of the other: it gets what there is, and keeps it for no longer
        // than this once.
        return SendAsync(context, file, version == files.Version ? "public, max-age=31536000, immutable" : "no-store");
    }

    private static async Task SendAsync(HttpContext context, ConsoleFile file, string cache)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers.CacheControl = cache;
        headers.Vary = "Accept-Encoding";
        headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries)
            .Any(t => t == "*" || t == file.Tag || t == "W/" + file.Tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (encoding, bytes) = Accepts(context.Request.Headers.AcceptEncoding, "br") ? ("br", file.Brotli)
            : Accepts(context.Request.Headers.AcceptEncoding, "gzip") ? ("gzip", file.Gzip)
            : (null, file.Bytes);
        if (encoding is not null)
        {
            headers.ContentEncoding = encoding;
        }

        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private static bool Accepts(StringValues header, string encoding) => header
        .SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Any(v =>
            v.StartsWith(encoding, StringComparison.OrdinalIgnoreCase) && (v.Length == encoding.Length || v[encoding.Length] == ';')
                && !v.Replace(" ", "", StringComparison.Ordinal).EndsWith(";q=0", StringComparison.Ordinal));
}
