using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Webhooks.Deliveries;

namespace Siro.Gateway.Webhooks.Subscriptions;

/// <summary>
/// Loads the registries every few seconds, because a notice can be lost, and wakes the deliveries of those whose limits have changed.
/// </summary>
internal sealed partial class RegistryRefresh(
    SubscriptionRegistry registry, JobQueues queues, StoreClock clock, ISettings<SiroOptions> siro, ILogger<RegistryRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        registry.Changed += OnChanged;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                foreach (var organization in siro.Current.Organizations.Keys.Select(k => new OrganizationKey(k)))
                {
                    await RefreshAsync(organization, stoppingToken);
                }

                await clock.Delay(Every, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
        finally
        {
            registry.Changed -= OnChanged;
        }

        void OnChanged(OrganizationKey organization) => _ = RefreshAsync(organization, stoppingToken);
    }

    private async Task RefreshAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        try
        {
            var before = registry.Peek(organization);
            var now = await registry.ReloadAsync(organization, cancellationToken);
            foreach (var changed in now.Subscriptions.Values.Where(s => !s.IsPull && before?.Find(s.Id) is { } old && old.Revision != s.Revision))
            {
                await queues.Queue(DeliveryKind.Kind, changed.Partition).WakeAsync(cancellationToken);
            }
        }
        catch (StoreUnavailableException e)
        {
            Log.NotLoaded(logger, organization.Value, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2032, LogLevel.Debug, "The subscriptions of {Organization} could not be loaded: {Reason}")]
        public static partial void NotLoaded(ILogger logger, string organization, string reason);
    }
}
