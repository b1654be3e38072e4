using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// Sends traces and metrics by OTLP while the host runs; does nothing without an endpoint. The framework's own sources and meters are
/// subscribed to, since the instrumentation packages are not used. System.Net.Http's spans are left out: they carry whole addresses,
/// and every request of the gateway's has a span of its own (<see cref="GatewayActivities"/>).
/// </summary>
internal sealed partial class TelemetryExport(ISettings<TelemetryOptions> settings, ILogger<TelemetryExport> logger) : IHostedService, IDisposable
{
    private static readonly string[] Meters =
    [
        "Siro.Gateway", "Siro.Gateway.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime",
    ];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public bool IsOn => _traces is not null;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var options = settings.Current;
        if (options.EffectiveEndpoint is not { } endpoint)
        {
            return Task.CompletedTask;
        }

        var resource = ResourceBuilder.CreateEmpty()
            .AddService("siro-gateway", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3), serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}")
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.SampleRatio)))
            .AddSource("Microsoft.AspNetCore", GatewayActivities.SourceName)
            .AddProcessor(new BoundedSpans())
            .AddOtlpExporter(exporter => Address(exporter, options, endpoint, "traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddOtlpExporter((exporter, reader) =>
            {
                Address(exporter, options, endpoint, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricInterval.TotalMilliseconds;
            })
            .Build();
        Log.Sending(logger, new Uri(endpoint).GetLeftPart(UriPartial.Authority));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After every other service has stopped, so that their last spans are sent too; the providers wait a few seconds at most.</summary>
    public void Dispose()
    {
        _traces?.ForceFlush(3000);
        _metrics?.ForceFlush(3000);
        _traces?.Dispose();
        _metrics?.Dispose();
        _traces = null;
        _metrics = null;
    }

    private static void Address(OtlpExporterOptions exporter, TelemetryOptions options, string endpoint, string signal)
    {
        exporter.Protocol = options.IsHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = new Uri(options.IsHttp ? $"{endpoint.TrimEnd('/')}/v1/{signal}" : endpoint);
        exporter.TimeoutMilliseconds = 5000;
        if (options.OtlpHeaders is { IsEmpty: false } headers)
        {
            exporter.Headers = headers.Reveal();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2503, LogLevel.Information, "Traces and metrics go to {Collector} by OTLP")]
        public static partial void Sending(ILogger logger, string collector);
    }
}
