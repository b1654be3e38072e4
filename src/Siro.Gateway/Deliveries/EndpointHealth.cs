using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// Disables a subscription whose endpoint says that it is gone, or at which nothing has succeeded for days,
/// and makes the <c>subscription.disabled</c> event in the same step.
/// </summary>
internal sealed partial class EndpointHealth(
    SubscriptionStore store, SubscriptionRegistry registry, StoreClock clock, TimeProvider time, ISettings<WebhooksOptions> settings,
    EventMemory memory, EventNotification notification, WebhookMetrics metrics, ILogger<EndpointHealth> logger)
{
    private static readonly TimeSpan Renew = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, long> _succeeded = new(StringComparer.Ordinal);

    /// <summary>Notes an attempt. A store that is away is no reason to fail the delivery: the next attempt notes the same.</summary>
    public async Task NoteAsync(Subscription subscription, AttemptResult result, CancellationToken cancellationToken)
    {
        try
        {
            if (result.Attempt.Succeeded)
            {
                await SucceededAsync(subscription, cancellationToken);
                return;
            }

            _succeeded.TryRemove(subscription.Partition, out _);
            var failing = await store.NoteAsync(subscription.Organization, subscription.Id, failed: true, cancellationToken);
            if (result.IsGone)
            {
                await DisableAsync(subscription, "gone", cancellationToken);
            }
            else if (failing >= settings.Current.DisableAfter)
            {
                await DisableAsync(subscription, "failing", cancellationToken);
            }
        }
        catch (StoreUnavailableException e)
        {
            Log.NotNoted(logger, subscription.Partition, e.Message);
        }
    }

    // A note a minute is enough for a limit of days, and keeps the steady state free of writes.
    private async Task SucceededAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var failing = registry.Peek(subscription.Organization)?.FailingSince.ContainsKey(subscription.Id) ?? true;
        if (!failing && _succeeded.TryGetValue(subscription.Partition, out var noted) && clock.Since(noted) < Renew)
        {
            return;
        }

        _succeeded[subscription.Partition] = clock.Timestamp();
        await store.NoteAsync(subscription.Organization, subscription.Id, failed: false, cancellationToken);
    }

    private async Task DisableAsync(Subscription seen, string reason, CancellationToken cancellationToken)
    {
        // As it is now: it may have been changed while the attempt ran, and then the attempt says nothing about it.
        var snapshot = await registry.ReloadAsync(seen.Organization, cancellationToken);
        if (snapshot.Find(seen.Id) is not { Enabled: true } now || now.Url != seen.Url)
        {
            return;
        }

        var at = time.GetUtcNow();
        var disabled = DerivedEvent.OfDisabled(now.Organization, now.Id.Value, now.Revision, now.Owner?.Value, reason, now.Description);
        var (status, _) = await store.PutAsync(
            now with { Enabled = false, DisabledReason = reason, DisabledAt = at, UpdatedAt = at }, PutMode.Replace, now.Revision,
            new AttachedEvent(disabled.Id, disabled.Type, disabled.Body, memory.SeenFor), cancellationToken);
        if (status == PutStatus.Written)
        {
            notification.Announce(now.Organization);
            metrics.Disabled(now.Organization, reason);
            Log.Disabled(logger, now.Partition, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2021, LogLevel.Warning, "Subscription {Subscription} was disabled: {Reason}")]
        public static partial void Disabled(ILogger logger, string subscription, string reason);

        [LoggerMessage(2022, LogLevel.Debug, "The health of {Subscription} could not be recorded: {Reason}")]
        public static partial void NotNoted(ILogger logger, string subscription, string reason);
    }
}
