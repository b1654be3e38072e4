namespace Siro.Gateway.Telemetry;

/// <summary>Metrics, traces, health.</summary>
internal static class TelemetryFeature
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
    }

    public static void MapTelemetry(this WebApplication app) => HealthEndpoints.Map(app);
}
