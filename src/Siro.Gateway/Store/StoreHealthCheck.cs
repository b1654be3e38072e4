using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Siro.Gateway.Store;

/// <summary>
/// Asks the node that takes the gateway's commands, and no other: after a Sentinel failover the dead primary is still known to the client,
/// and a check of every node would call the gateway degraded until somebody brings that one back.
/// </summary>
internal sealed class StoreHealthCheck(IStoreHealth store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        (await store.ProbeAsync(cancellationToken)).Available
            ? HealthCheckResult.Healthy("The store answers.")
            : HealthCheckResult.Degraded("The store does not answer.");
}
