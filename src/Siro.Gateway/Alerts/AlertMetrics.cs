using System.Diagnostics.Metrics;

namespace Siro.Gateway.Alerts;

/// <summary>What was told, and what stands open. No organization and no subject stands in it.</summary>
internal sealed class AlertMetrics
{
    private readonly Counter<long> _told;
    private readonly Counter<long> _failed;
    private volatile IReadOnlyDictionary<string, int>? _open = new Dictionary<string, int>(StringComparer.Ordinal);

    public AlertMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Siro.Gateway");
        _told = meter.CreateCounter<long>(
            "siro.gateway.alerts.told", "{alert}", "Alerts that were told of, each level and each end once, by event type.");
        _failed = meter.CreateCounter<long>(
            "siro.gateway.alerts.webhook_failures", "{alert}", "Alerts that the operators' webhook did not take.");
        meter.CreateObservableGauge(
            "siro.gateway.alerts.open",
            () => _open is { } open
                ? AlertKind.All.Select(
                    k => new Measurement<int>(open.GetValueOrDefault(k.Firing), new KeyValuePair<string, object?>("type", k.Firing)))
                : [],
            "{alert}",
            "Alerts that have begun and are not over, by type; from the replica that watches for all.");
    }

    public void Told(string type) => _told.Add(1, new KeyValuePair<string, object?>("type", type));

    public void WebhookFailed() => _failed.Add(1);

    /// <summary>How many stand open by type; null where another replica watches.</summary>
    public IReadOnlyDictionary<string, int>? Open
    {
        set => _open = value;
    }
}
