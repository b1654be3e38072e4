using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Siro.Gateway.Access.Tokens;

/// <summary>
/// Degraded when the identity provider's keys could not be read the last time; keys that are known stay in use. Asks nobody.
/// </summary>
internal sealed class IdentityProviderHealthCheck(IdentityProvider provider) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(provider.LastReadFailed
            ? HealthCheckResult.Degraded(
                "The identity provider's keys could not be read the last time. Check Authentication and the network; known keys stay "
                + "in use.")
            : HealthCheckResult.Healthy("No reading of the identity provider's keys has failed."));
}
