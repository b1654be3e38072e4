using Siro.Gateway.Common;

namespace Siro.Gateway.Store;

/// <summary>Keeps <see cref="IStoreHealth.Current"/> current, and connects at the start without holding it up.</summary>
internal sealed class StoreMonitor(IStoreHealth health, StoreClock clock, ILogger<StoreMonitor> logger)
    : PeriodicService(clock.Time, logger)
{
    protected override TimeSpan Pause => TimeSpan.FromSeconds(5);

    protected override Task RoundAsync(CancellationToken stoppingToken) => health.ProbeAsync(stoppingToken);
}
