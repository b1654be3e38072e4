using Siro.Gateway.Common;
namespace Siro.Gateway.Configuration;

/// <summary>The section <c>Telemetry</c>. Read at the start, but for <see cref="PropagateToSiro"/>.</summary>
public sealed class TelemetryOptions
{
    /// <summary>Where traces and metrics go by OTLP, for example <c>http://collector:4317</c>. Empty: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; neither: off.</summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary><c>grpc</c> or <c>http/protobuf</c>. Empty: <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, else <c>grpc</c>.</summary>
    public string? OtlpProtocol { get; set; }

    /// <summary>Headers for the collector, <c>name=value,name=value</c>. Empty: <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</summary>
    public Secret? OtlpHeaders { get; set; }

    /// <summary>The part of traces that is kept where the caller has not decided, 0 to 1. Default 1.</summary>
    public double SampleRatio { get; set; } = 1;

    /// <summary>How often metrics are sent. Default 00:00:30, 1 s to 10 min.</summary>
    public TimeSpan MetricInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Sends <c>traceparent</c> to Siro. Default false: the company's trace ids stay inside.</summary>
    public bool PropagateToSiro { get; set; }

    internal string? EffectiveEndpoint => Or(OtlpEndpoint, "OTEL_EXPORTER_OTLP_ENDPOINT");

    internal bool IsHttp => string.Equals(Or(OtlpProtocol, "OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf", StringComparison.Ordinal);

    internal static void Check(TelemetryOptions options, ISettingsCandidates candidates, Mistakes mistakes)
    {
        mistakes.Require(
            options.EffectiveEndpoint is not { } endpoint || (Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"),
            "Telemetry:OtlpEndpoint",
            "must be an http or https address");
        mistakes.Require(options.OtlpProtocol is null or "" or "grpc" or "http/protobuf", "Telemetry:OtlpProtocol", "must be 'grpc' or 'http/protobuf'");
        mistakes.Require(options.SampleRatio is >= 0 and <= 1, "Telemetry:SampleRatio", "must be from 0 to 1");
        mistakes.Require(
            options.MetricInterval >= TimeSpan.FromSeconds(1) && options.MetricInterval <= TimeSpan.FromMinutes(10), "Telemetry:MetricInterval", "must be from 00:00:01 to 00:10:00");
    }

    private static string? Or(string? value, string variable) =>
        !string.IsNullOrWhiteSpace(value) ? value : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } other ? other : null;
}
