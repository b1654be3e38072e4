using System.Diagnostics.Metrics;

namespace Siro.Gateway.SiroApi;

/// <summary>How often Siro's answers differ from the contract.</summary>
internal sealed class ContractMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _drifts = meters.Create("Siro.Gateway").CreateCounter<long>(
        "siro.gateway.contract.drifts", "{answer}",
        "Answers of Siro that differ from the published contract, by host, operation and kind of difference.");

    public void Drifted(SiroHost host, string operation, DriftKind kind) =>
        _drifts.Add(1, new("host", host.Cluster()), new("operation", operation), new("kind", kind.ToString()));
}
