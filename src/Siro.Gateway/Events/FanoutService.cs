using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>
/// Hands every event of the inbox to every subscription that takes it, in the order of its number. Each organization has one owner
/// in the fleet, by lease; whoever lost it unknowingly is refused by the inbox, and what it enqueued late finds the job or its tombstone there.
/// An event leaves the inbox only after all enqueues were confirmed, so a crash at any point repeats, and never loses.
/// </summary>
internal sealed partial class FanoutService(
    Inbox inbox,
    IDeliveries deliveries,
    SubscriptionRegistry registry,
    ConfiguredSubscriptions configured,
    EventRetention retention,
    EventNotification notification,
    ILeases leases,
    StoreClock clock,
    ISettings<SiroOptions> siro,
    WebhookMetrics metrics,
    ILogger<FanoutService> logger) : BackgroundService
{
    private const int BatchSize = 100;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new Dictionary<OrganizationKey, Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            // Organizations may be added by a reload.
            foreach (var organization in siro.Current.Organizations.Keys.Select(k => new OrganizationKey(k)))
            {
                if (!running.ContainsKey(organization))
                {
                    running[organization] = Task.Run(() => ServeAsync(organization, stoppingToken), CancellationToken.None);
                }
            }

            await clock.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running.Values);
    }

    private async Task ServeAsync(OrganizationKey organization, CancellationToken stopping)
    {
        // An outage is warned of once: there may be thousands of organizations, and each tries again every second.
        var level = LogLevel.Warning;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await configured.RegisterAsync(organization, stopping);
                await using var lease = await leases.TryAcquireAsync(EventKeys.FanoutLease(organization), LeaseTime, stopping);
                level = LogLevel.Warning;
                if (lease is not null)
                {
                    using var held = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
                    await OwnAsync(organization, lease, held.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // Stopping, or the lease is another's now: then it is asked for again.
            }
            catch (StoreUnavailableException e)
            {
                Log.StoreAway(logger, level, organization.Value, e.Message);
                level = LogLevel.Debug;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e, organization.Value);
            }

            await clock.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task OwnAsync(OrganizationKey organization, Lease lease, CancellationToken cancellationToken)
    {
        Log.Owns(logger, organization.Value, lease.Fence);
        while (lease.IsHeld)
        {
            var next = notification.Next(organization);
            var batch = await inbox.NextAsync(organization, BatchSize, cancellationToken);

            // Also while there is much to hand out: retention is what bounds the store under steady load.
            await retention.StepAsync(organization, cancellationToken);
            if (batch.Events.Count > 0)
            {
                await HandOutAsync(organization, lease, batch, cancellationToken);
                continue;
            }

            await configured.RegisterAsync(organization, cancellationToken);
            await notification.WaitAsync(next, Pause, cancellationToken);
        }
    }

    private async Task HandOutAsync(OrganizationKey organization, Lease lease, InboxBatch batch, CancellationToken cancellationToken)
    {
        var snapshot = registry.Peek(organization) is { } held && held.Version == batch.RegistryVersion
            ? held
            : await registry.ReloadAsync(organization, cancellationToken);
        await deliveries.EnqueueAsync(snapshot, batch.Events, cancellationToken);
        lease.ThrowIfLost();
        switch (await inbox.AdvanceAsync(organization, lease.Fence, snapshot.Version, batch.Events, cancellationToken))
        {
            case AdvanceStatus.Done:
                metrics.FannedOut(organization, batch.Events.Count);
                break;
            case AdvanceStatus.RegistryChanged:
                // The same events come again, with the registry as it is now; what is enqueued already stays as it is.
                await registry.ReloadAsync(organization, cancellationToken);
                break;
            default:
                throw new OperationCanceledException("A later owner has the inbox.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Information, "This replica fans out the events of {Organization} (fence {Fence})")]
        public static partial void Owns(ILogger logger, string organization, long fence);

        [LoggerMessage(EventId = 2011, Message = "The fan-out of {Organization} waits for the store: {Reason}")]
        public static partial void StoreAway(ILogger logger, LogLevel level, string organization, string reason);

        [LoggerMessage(2012, LogLevel.Error, "The fan-out of {Organization} failed and is tried again")]
        public static partial void Failed(ILogger logger, Exception exception, string organization);
    }
}
