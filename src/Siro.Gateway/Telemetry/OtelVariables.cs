using System.Globalization;
using OpenTelemetry.Exporter;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// The standard variables of OpenTelemetry (its specification's "OpenTelemetry Environment Variable Specification" and "OTLP Exporter
/// Configuration"), as far as its .NET packages don't read them themselves: which exporters are on, and what holds for one signal alone.
/// </summary>
internal sealed class OtelVariables(IConfiguration configuration)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private const string MetricInterval = "OTEL_METRIC_EXPORT_INTERVAL";

    public bool Disabled => string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The settings of the section <c>Telemetry</c> under their standard names; they are stronger than the environment.</summary>
    public static Dictionary<string, string?> From(TelemetryOptions options, IConfiguration configuration)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        Put(Prefix + "ENDPOINT", options.OtlpEndpoint);
        Put(Prefix + "PROTOCOL", options.OtlpProtocol);
        Put(Prefix + "HEADERS", options.OtlpHeaders?.Reveal());
        if (options.MetricInterval is not null || configuration[MetricInterval] is null or "")
        {
            var interval = options.MetricInterval ?? TelemetryOptions.DefaultMetricInterval;
            Put(MetricInterval, ((long)interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        }

        if (options.SampleRatio is { } ratio)
        {
            Put("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
            Put("OTEL_TRACES_SAMPLER_ARG", ratio.ToString(CultureInfo.InvariantCulture));
        }

        return variables;

        void Put(string name, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                variables[name] = value;
            }
        }
    }

    /// <summary>
    /// Whether a signal (<c>traces</c>, <c>metrics</c>) leaves by OTLP: it has an endpoint and its exporter is not another one.
    /// </summary>
    public bool Exports(string signal) =>
        !Disabled
        && (configuration[$"OTEL_{signal.ToUpperInvariant()}_EXPORTER"] is not { Length: > 0 } exporters
            || exporters.Split(',', StringSplitOptions.TrimEntries).Contains("otlp", StringComparer.OrdinalIgnoreCase))
        && (configuration[Prefix + "ENDPOINT"] ?? Of(signal, "ENDPOINT")) is { Length: > 0 };

    /// <summary>Puts in what the variables say for this signal alone.</summary>
    public void Address(OtlpExporterOptions exporter, string signal)
    {
        if (Of(signal, "PROTOCOL") is { Length: > 0 } protocol)
        {
            exporter.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        }

        if (Of(signal, "HEADERS") is { Length: > 0 } headers)
        {
            exporter.Headers = headers;
        }

        // By the specification a signal's own endpoint is taken as it is; the common one gets the signal's path from the exporter.
        if (Of(signal, "ENDPOINT") is { Length: > 0 } endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out var address))
        {
            exporter.Endpoint = address;
        }

        // A collector that is away must not hold up the end of the process.
        if (configuration[Prefix + "TIMEOUT"] is null or "")
        {
            exporter.TimeoutMilliseconds = 5000;
        }
    }

    private string? Of(string signal, string name) => configuration[$"{Prefix}{signal.ToUpperInvariant()}_{name}"];
}
