using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// Degraded while the circuit breaker of one of Siro's hosts is open, so that callers of that host get 503 <c>siro_unavailable</c>.
/// </summary>
internal sealed class BreakerHealthCheck(SiroHttpHandler siro) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var open = siro.OpenBreakers;
        return Task.FromResult(open.Count == 0
            ? HealthCheckResult.Healthy("Siro's hosts answer.")
            : HealthCheckResult.Degraded("Nothing is sent to Siro's host for a few seconds after repeated failures: "
                + $"{string.Join(", ", open.Select(h => h.Cluster()))}."));
    }
}
