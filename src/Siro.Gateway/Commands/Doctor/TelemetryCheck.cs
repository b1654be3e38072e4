using System.Net.Sockets;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>The collector: something listens there. Whether it takes what it gets, its own log tells.</summary>
internal static class TelemetryCheck
{
    private const string Area = "telemetry";

    public static async Task RunAsync(IConfiguration configuration, CheckResults results, CancellationToken cancellationToken)
    {
        if (configuration.Section<TelemetryOptions>("Telemetry")?.EffectiveEndpoint is not { } endpoint
            || !Uri.TryCreate(endpoint, UriKind.Absolute, out var address))
        {
            results.Ok(Area, "collector", "none is configured: traces and metrics are off");
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, limit.Token);
            results.Ok(Area, "collector", $"{address.Authority} takes connections");
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            results.Warn(Area, "collector", $"{address.Authority} can't be reached",
                "Check Telemetry:OtlpEndpoint (or OTEL_EXPORTER_OTLP_ENDPOINT). The gateway works without it; nothing is kept for "
                + "later.");
        }
    }
}
