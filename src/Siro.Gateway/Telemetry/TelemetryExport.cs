using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>Which exporters this host has. Without one, no instrumentation is registered, so that nothing is paid per request.</summary>
internal sealed record TelemetryExport(bool Traces, bool Metrics, bool Prometheus)
{
    public bool IsOn => Traces || Metrics || Prometheus;

    /// <summary>
    /// Registers OpenTelemetry as the configuration asks. Comes after the configuration was checked: what an exporter costs is decided
    /// before the host is built. The section <c>Telemetry</c> only fills in the standard <c>OTEL_*</c> keys, which OpenTelemetry reads
    /// itself.
    /// </summary>
    public static void Register(WebApplicationBuilder builder)
    {
        var options = builder.Registry().Get<TelemetryOptions>();
        builder.Configuration.AddInMemoryCollection(OtelVariables.From(options, builder.Configuration));
        var otel = new OtelVariables(builder.Configuration);
        var export = new TelemetryExport(otel.Exports("traces"), otel.Exports("metrics"), options.Prometheus && !otel.Disabled);
        builder.Services.AddSingleton(export);
        if (!export.IsOn)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService("siro-gateway", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3),
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}")
            .AddEnvironmentVariableDetector());
        if (export.Traces)
        {
            telemetry.WithTracing(traces => Trace(traces, otel));
        }

        if (export.Metrics || export.Prometheus)
        {
            telemetry.WithMetrics(metrics => Measure(metrics, export, otel));
        }

        if (export.Prometheus && options.PrometheusPort is { } port)
        {
            PrometheusEndpoint.Listen(builder, port);
        }
    }

    private static void Trace(TracerProviderBuilder traces, OtelVariables otel) => traces
        .AddSource(GatewayActivities.SourceName)
        .AddAspNetCoreInstrumentation(server =>
        {
            server.Filter = static context => !context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)
                && !context.Request.Path.StartsWithSegments(PrometheusEndpoint.Path, StringComparison.OrdinalIgnoreCase);
            server.EnrichWithHttpResponse = RequestSpans.Enrich;
        })
        .AddHttpClientInstrumentation()

        // What no call asked for (leases, heartbeats, claims) would be a trace of its own for each command.
        .AddRedisInstrumentation(redis => redis.Filter = static command => command.ParentActivity is { Recorded: true })
        .ConfigureRedisInstrumentation(
            (services, redis) => services.GetRequiredService<RedisStore>().ConnectionMade += connection => redis.AddConnection(connection))
        .AddProcessor(new BoundedSpans())
        .AddOtlpExporter(exporter => otel.Address(exporter, "traces"));

    private static void Measure(MeterProviderBuilder metrics, TelemetryExport export, OtelVariables otel)
    {
        metrics.AddMeter("Siro.Gateway", "Siro.Gateway.*")
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddRuntimeInstrumentation();
        if (export.Metrics)
        {
            metrics.AddOtlpExporter(exporter => otel.Address(exporter, "metrics"));
        }

        if (export.Prometheus)
        {
            metrics.AddPrometheusExporter();
        }
    }
}
