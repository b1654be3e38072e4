using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>Removes old events: a small step at a time, by whoever fans out, between its batches.</summary>
internal sealed class EventRetention(EventLog log, StoreClock clock, ISettings<WebhooksOptions> settings, WebhookMetrics metrics)
{
    /// <summary>Events removed by one script: it holds the store up for well under a millisecond.</summary>
    private const int Step = 100;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<OrganizationKey, long> _rested = new();

    /// <summary>One step, unless there was nothing to do a moment ago. Throws <see cref="StoreUnavailableException"/>.</summary>
    public async Task StepAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        if (_rested.TryGetValue(organization, out var at) && clock.Since(at) < Rest)
        {
            return;
        }

        var options = settings.Current;
        var (removed, _, _) = await log.TrimAsync(organization, options.Retention, options.RetentionBytes, Step, cancellationToken);
        if (removed > 0)
        {
            metrics.Trimmed(organization, removed);
        }

        if (removed < Step)
        {
            _rested[organization] = clock.Timestamp();
        }
    }
}
