using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>
/// Hands every event of the inbox to every subscription that takes it, in the order of its number. Each organization has one owner
/// in the fleet, by lease; whoever lost it unknowingly is refused by the inbox, and what it enqueued late finds the job or its tombstone
/// there.
/// An event leaves the inbox only after all enqueues were confirmed, so a crash at any point repeats, and never loses.
/// </summary>
internal sealed partial class FanoutService(
    Inbox inbox,
    IDeliveries deliveries,
    SubscriptionRegistry registry,
    ConfiguredSubscriptions configured,
    EventRetention retention,
    BlockStore blocks,
    EventNotification notification,
    ILeases leases,
    StoreClock clock,
    ISettings<SiroOptions> siro,
    WebhookMetrics metrics,
    ILogger<FanoutService> logger) : BackgroundService
{
    /// <summary>
    /// Most events in hand at a time. So many deliveries are made of them at most, but of <see cref="FewestEvents"/> all.
    /// </summary>
    private const int MostEvents = 400;

    private const int FewestEvents = 20;
    private const int MostDeliveries = 10_000;
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
        var search = new SearchIndex(blocks, organization, lease.Fence);
        while (lease.IsHeld)
        {
            var next = notification.Next(organization);
            var batch = await inbox.NextAsync(organization, BatchSize(registry.Peek(organization)), cancellationToken);
            await retention.StepAsync(organization, cancellationToken);
            await search.StepAsync(cancellationToken);
            if (batch.Events.Count > 0)
            {
                await HandOutAsync(organization, lease, batch, cancellationToken);
                await search.AddAsync(batch.Events, cancellationToken);
                continue;
            }

            if (search.IsBehind)
            {
                continue;
            }

            await configured.RegisterAsync(organization, cancellationToken);
            await notification.WaitAsync(next, Pause, cancellationToken);
        }
    }

    /// <summary>
    /// Hands out batch after batch, in their order. While one is put into the queues, the one before is taken out of the inbox and the
    /// next is read. Whatever breaks this off, the same events come again from the inbox's beginning, and what is enqueued already stays as
    /// it is.
    /// </summary>
    private async Task HandOutAsync(OrganizationKey organization, Lease lease, InboxBatch batch, CancellationToken cancellationToken)
    {
        HandedOut? before = null;
        Task<InboxBatch>? ahead = null;
        try
        {
            while (batch.Events.Count > 0)
            {
                var snapshot = registry.Peek(organization) is { } held && held.Version == batch.RegistryVersion
                    ? held
                    : await registry.ReloadAsync(organization, cancellationToken);

                // A subscription that is new now takes part from the batch before on, if that is still in the inbox: it goes first.
                if (before is not null
                    && before.RegistryVersion != snapshot.Version
                    && !await IsOutAsync(organization, before, cancellationToken))
                {
                    return;
                }

                ahead = batch.Waiting > batch.Events.Count && batch.Last > 0
                    ? inbox.NextAsync(organization, BatchSize(snapshot), cancellationToken, batch.Last)
                    : null;
                await deliveries.EnqueueAsync(snapshot, batch.Events, cancellationToken);
                if (before is not null && !await IsOutAsync(organization, before, cancellationToken))
                {
                    return;
                }

                lease.ThrowIfLost();
                before = new HandedOut(
                    snapshot.Version,
                    batch.Events.Count,
                    inbox.AdvanceAsync(organization, lease.Fence, snapshot.Version, batch.Events, cancellationToken));

                // Also while there is much to hand out: retention is what bounds the store under steady load.
                await retention.StepAsync(organization, cancellationToken);
                if (ahead is null)
                {
                    break;
                }

                batch = await ahead;
            }

            if (before is not null)
            {
                await IsOutAsync(organization, before, cancellationToken);
            }
        }
        finally
        {
            await Task.WhenAll(before?.Advanced ?? Task.CompletedTask, ahead ?? Task.CompletedTask)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether the batch has left the inbox; otherwise the registry is loaded anew, and the same events come again.</summary>
    private async Task<bool> IsOutAsync(OrganizationKey organization, HandedOut batch, CancellationToken cancellationToken)
    {
        switch (await batch.Advanced)
        {
            case AdvanceStatus.Done:
                if (!batch.IsCounted)
                {
                    batch.IsCounted = true;
                    metrics.FannedOut(organization, batch.Events);
                }

                return true;
            case AdvanceStatus.RegistryChanged:
                await registry.ReloadAsync(organization, cancellationToken);
                return false;
            default:
                throw new OperationCanceledException("A later owner has the inbox.");
        }
    }

    private static int BatchSize(RegistrySnapshot? registry) =>
        Math.Clamp(MostDeliveries / Math.Max(1, registry?.Subscriptions.Count ?? 1), FewestEvents, MostEvents);

    /// <summary>A batch whose deliveries are all in their queues, on its way out of the inbox.</summary>
    private sealed class HandedOut(long registryVersion, int events, Task<AdvanceStatus> advanced)
    {
        public long RegistryVersion { get; } = registryVersion;

        public int Events { get; } = events;

        public Task<AdvanceStatus> Advanced { get; } = advanced;

        public bool IsCounted { get; set; }
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
