using System.Net;
using System.Text;

namespace Siro.Gateway.Documentation;

/// <summary>What stands at the address that the gateway prints: links for a person, the same as JSON for a program.</summary>
internal static class StartPage
{
    private static readonly (string Name, string Path, string Text)[] Links =
    [
        ("docs", "/docs", "The API, to read and to try"),
        ("openapi", "/openapi/v1.json", "The API's description (OpenAPI)"),
        ("me", "/v1/me", "The caller as the gateway sees it (needs an API key or a token)"),
        ("live", "/health/live", "Is the process running?"),
        ("ready", "/health/ready", "Does it take calls?"),
    ];

    public static IResult Get(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            return Results.Json(new { name = "Siro.Gateway", links = Links.ToDictionary(l => l.Name, l => l.Path, StringComparer.Ordinal) });
        }

        PageHeaders.SetStatic(context.Response.Headers);
        var page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Siro.Gateway</title></head><body>\n<h1>Siro.Gateway</h1>\n<ul>\n");
        foreach (var (_, path, text) in Links)
        {
            // Relative, so that the page works behind a proxy that adds a prefix.
            page.Append("<li><a href=\"").Append(path.AsSpan(1)).Append("\">").Append(WebUtility.HtmlEncode(text)).Append("</a></li>\n");
        }

        return Results.Content(page.Append("</ul>\n</body></html>\n").ToString(), "text/html; charset=utf-8");
    }
}
