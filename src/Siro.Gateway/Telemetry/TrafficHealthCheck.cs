using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>Whether this replica should get traffic: a configuration with its keys, at least one credential, not draining.</summary>
internal sealed class TrafficHealthCheck(DrainService drain, ISettings<StoreOptions> keys, ISettings<SiroOptions> siro) : IHealthCheck
{
    /// <summary>The check's name.</summary>
    public const string Name = "traffic";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            drain.IsDraining ? HealthCheckResult.Unhealthy("stopping")
            : keys.Current.EncryptionKeys.Count == 0
                || !siro.Current.Organizations.Values.Any(o => o.OrganizationToken is { IsEmpty: false } || o.UsesClientCredentials)
                ? HealthCheckResult.Unhealthy("no_credential")
            : HealthCheckResult.Healthy("ready"));
}

/// <summary>Unhealthy until the host has started.</summary>
internal sealed class StartupHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy(
            "started") : HealthCheckResult.Unhealthy("starting"));
}
