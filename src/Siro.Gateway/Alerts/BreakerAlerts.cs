using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Alerts;

/// <summary>Hosts of Siro to which nothing is sent, because most of what was sent failed.</summary>
internal sealed class BreakerAlerts(SiroHttpHandler siro) : IAlertSource
{
    public AlertKind Kind => AlertKind.SiroUnavailable;

    public bool IsShared => false;

    public Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AlertSignal>>(
        [.. siro.OpenBreakers.Select(h => new AlertSignal(Kind, null, h.Cluster(), 1,
            $"Siro's {h.Cluster()} host fails: its callers get 503, one trial every few seconds looks whether it is back."))]);
}
