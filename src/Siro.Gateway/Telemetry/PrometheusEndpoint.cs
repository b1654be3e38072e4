using System.Globalization;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// <c>/metrics</c> for Prometheus, where <c>Telemetry:Prometheus</c> is on: open to whoever reaches it, as scrapers expect. With
/// <c>Telemetry:PrometheusPort</c> it stands on a port of its own, which serves nothing else.
/// </summary>
internal static class PrometheusEndpoint
{
    public const string Path = "/metrics";

    /// <summary>Listens on one port more than the host was told to.</summary>
    public static void Listen(WebApplicationBuilder builder, int port)
    {
        var own = string.Create(CultureInfo.InvariantCulture, $"http://*:{port}");
        var configuration = builder.Configuration;
        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            configuration.AddInMemoryCollection([new("Kestrel:Endpoints:Prometheus:Url", own)]);
            return;
        }

        // Addresses by "urls" replace those by ports, so the latter are named too.
        string[] told = configuration["urls"] is { Length: > 0 } urls
            ? [urls]
            : [.. Ports(configuration["http_ports"], "http"), .. Ports(configuration["https_ports"], "https")];
        builder.WebHost.UseSetting(
            WebHostDefaults.ServerUrlsKey, string.Join(';', [.. told.Length > 0 ? told : ["http://localhost:5000"], own]));

        static IEnumerable<string> Ports(string? ports, string scheme) =>
            (ports ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(p => $"{scheme}://*:{p}");
    }

    /// <summary>The first of all middlewares where there is a port of its own: each port answers for its own paths alone.</summary>
    public static void UseOwnPort(WebApplication app)
    {
        if (Options(app) is { PrometheusPort: { } port })
        {
            app.Use(next =>
                context => context.Connection.LocalPort == port == context.Request.Path.Equals(Path, StringComparison.OrdinalIgnoreCase)
                ? next(context)
                : new ProblemResult(new Problem(StatusCodes.Status404NotFound, "not_found",
                    "There is nothing at this path on this port.")).ExecuteAsync(context));
        }
    }

    public static void Map(WebApplication app)
    {
        if (Options(app) is not null)
        {
            app.MapPrometheusScrapingEndpoint(Path).OpenToAll().WithMetadata(new NoAudit());
        }
    }

    private static TelemetryOptions? Options(WebApplication app) =>
        app.Services.GetRequiredService<TelemetryExport>().Prometheus
            ? app.Services.GetRequiredService<ISettings<TelemetryOptions>>().Current
            : null;
}
