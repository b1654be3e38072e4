using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>Degraded while this replica keeps to its own share of the budget because the store is away.</summary>
internal sealed class BudgetHealthCheck(IBudgetHealth budget) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(budget.Shared
            ? HealthCheckResult.Healthy("The fleet shares the budget.")
            : HealthCheckResult.Degraded("The store is away: this replica keeps to the limit divided by the replicas."));
}
