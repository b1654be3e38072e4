namespace Siro.Gateway.Documentation;

/// <summary>What stands at the address that the gateway prints: the console for a browser, links as JSON for a program.</summary>
internal static class StartPage
{
    private static readonly Dictionary<string, string> Links = new(StringComparer.Ordinal)
    {
        ["console"] = "/console",
        ["docs"] = "/docs",
        ["openapi"] = "/openapi/v1.json",
        ["me"] = "/v1/me",
        ["live"] = "/health/live",
        ["ready"] = "/health/ready",
    };

    public static IResult Get(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            return Results.Json(new { name = "Siro.Gateway", links = Links });
        }

        // Relative, so that it works behind a proxy that adds a prefix.
        context.Response.Headers.Location = "console";
        return Results.StatusCode(StatusCodes.Status302Found);
    }
}
