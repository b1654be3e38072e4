namespace Siro.Gateway.Store;

/// <summary>Keeps <see cref="IStoreHealth.Current"/> current, and connects at the start without holding it up.</summary>
internal sealed class StoreMonitor(IStoreHealth health, StoreClock clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await health.ProbeAsync(stoppingToken);
            await clock.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
