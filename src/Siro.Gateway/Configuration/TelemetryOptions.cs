using Siro.Gateway.Common;
namespace Siro.Gateway.Configuration;

/// <summary>The section <c>Telemetry</c>. Read at the start, but for <see cref="PropagateToSiro"/>.</summary>
public sealed class TelemetryOptions
{
    /// <summary>
    /// Where traces and metrics go by OTLP, for example <c>http://collector:4317</c>. Empty: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; neither:
    /// off.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary><c>grpc</c> or <c>http/protobuf</c>. Empty: <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, else <c>grpc</c>.</summary>
    public string? OtlpProtocol { get; set; }

    /// <summary>Headers for the collector, <c>name=value,name=value</c>. Empty: <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</summary>
    public Secret? OtlpHeaders { get; set; }

    /// <summary>
    /// The part of traces that is kept where the caller has not decided, 0 to 1. Empty: <c>OTEL_TRACES_SAMPLER</c>, else all.
    /// </summary>
    public double? SampleRatio { get; set; }

    /// <summary>
    /// How often metrics are sent, 1 s to 10 min. Empty: <c>OTEL_METRIC_EXPORT_INTERVAL</c> (milliseconds), else 00:00:30.
    /// </summary>
    public TimeSpan? MetricInterval { get; set; }

    /// <summary>Serves <c>/metrics</c> for Prometheus, open to whoever reaches it. Default false.</summary>
    public bool Prometheus { get; set; }

    /// <summary>A port for <c>/metrics</c> alone, 1 to 65535. Empty: it stands beside everything else.</summary>
    public int? PrometheusPort { get; set; }

    /// <summary>Sends <c>traceparent</c> to Siro. Default false: the company's trace ids stay inside.</summary>
    public bool PropagateToSiro { get; set; }

    internal static TimeSpan DefaultMetricInterval { get; } = TimeSpan.FromSeconds(30);

    internal string? EffectiveEndpoint => Or(OtlpEndpoint, "OTEL_EXPORTER_OTLP_ENDPOINT");

    internal static void Check(TelemetryOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(
            options.EffectiveEndpoint is not { } endpoint
                || (Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"),
            "Telemetry:OtlpEndpoint",
            "must be an http or https address");
        errors.Require(
            options.OtlpProtocol is null or "" or "grpc" or "http/protobuf", "Telemetry:OtlpProtocol", "must be 'grpc' or 'http/protobuf'");
        errors.Require(options.SampleRatio is null or (>= 0 and <= 1), "Telemetry:SampleRatio", "must be from 0 to 1");
        errors.Require(options.PrometheusPort is null or (>= 1 and <= 65535), "Telemetry:PrometheusPort", "must be from 1 to 65535");
        errors.Require(
            options.MetricInterval is null
                || (options.MetricInterval >= TimeSpan.FromSeconds(1) && options.MetricInterval <= TimeSpan.FromMinutes(10)),
            "Telemetry:MetricInterval",
            "must be from 00:00:01 to 00:10:00");
    }

    private static string? Or(string? value, string variable) =>
        !string.IsNullOrWhiteSpace(value) ? value : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } other ? other : null;
}
