namespace Siro.Gateway.Telemetry;

/// <summary>See docs/ for what this feature does.</summary>
internal static class TelemetryFeature
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
    }

    public static void MapTelemetry(this WebApplication app)
    {
    }
}
