using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Siro.Gateway.Common;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>What polling does; tags are organizations and problem codes, both bounded by configuration and code.</summary>
internal sealed class ReconciliationMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _recordings;
    private readonly Counter<long> _announced;
    private readonly Counter<long> _failures;
    private readonly ConcurrentDictionary<OrganizationKey, DateTimeOffset> _marks = new();

    public ReconciliationMetrics(IMeterFactory meters, TimeProvider time)
    {
        _meter = meters.Create("Siro.Gateway");
        _recordings = _meter.CreateCounter<long>(
            "siro.gateway.reconciliation.recordings", "{recording}", "Recordings looked at by polling");
        _announced = _meter.CreateCounter<long>(
            "siro.gateway.reconciliation.announced", "{recording}", "Recordings that no webhook had announced");
        _failures = _meter.CreateCounter<long>("siro.gateway.reconciliation.failures", "{poll}", "Polls that were put off");
        _meter.CreateObservableGauge("siro.gateway.reconciliation.lag",
            () => _marks.Select(m => new Measurement<double>((time.GetUtcNow() - m.Value).TotalSeconds, Tag(m.Key))), "s",
            "Age of the latest change that a finished poll has seen");
    }

    public void Page(OrganizationKey organization, int recordings) => _recordings.Add(recordings, Tag(organization));

    public void Polled(OrganizationKey organization, int announced, DateTimeOffset mark)
    {
        _announced.Add(announced, Tag(organization));
        _marks[organization] = mark;
    }

    public void Failed(OrganizationKey organization, string code) =>
        _failures.Add(1, Tag(organization), new KeyValuePair<string, object?>("code", code));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(OrganizationKey organization) => new("organization", organization.Value);
}
