using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// Whether this replica should get traffic: started with a configuration and its keys, at least one credential, not draining.
/// A lost store is no reason to be taken out of service: tokens in memory keep proxying.
/// </summary>
internal sealed class Readiness(
    IHostApplicationLifetime lifetime, DrainService drain, IStoreHealth store, IBudgetHealth budget, ISettings<StoreOptions> keys, ISettings<SiroOptions> siro)
{
    public bool IsStarted => lifetime.ApplicationStarted.IsCancellationRequested;

    public (bool Ready, HealthEndpoints.Health Health) Now()
    {
        if (drain.IsDraining)
        {
            return (false, new("stopping", null));
        }

        if (keys.Current.EncryptionKeys.Count == 0 || !siro.Current.Organizations.Values.Any(o => o.OrganizationToken is { IsEmpty: false }))
        {
            return (false, new("no_credential", null));
        }

        var available = store.Current.Available;
        return (true, new(available ? "ready" : "degraded", available ? "available" : "unavailable") { Budget = new(budget.Shared ? "shared" : "own_share", budget.Replicas) });
    }
}
