using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Siro.Gateway.Budget;

/// <summary>Degraded while the store is away: the replica then keeps to the limit divided by the replicas last seen.</summary>
internal sealed class BudgetHealthCheck(Fleet fleet) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(fleet.Failing
            ? HealthCheckResult.Degraded(string.Create(CultureInfo.InvariantCulture, $"The store is away: this replica keeps to its share among {fleet.Replicas}."))
            : HealthCheckResult.Healthy());
}
