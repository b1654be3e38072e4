using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Webhooks.Deliveries;
using Siro.Gateway.Webhooks.Hub;
using Siro.Gateway.Webhooks.Subscriptions;

namespace Siro.Gateway.Webhooks.Fanout;

/// <summary>Makes deliveries: one job for each event and subscription, in the subscription's own slot. Making one again changes nothing.</summary>
internal sealed class DeliveryQueue(JobQueues queues, ISettings<WebhooksOptions> settings)
{
    /// <summary>
    /// Enqueues events, in their order for each subscription, for all subscriptions at the same time. Returns when every one is confirmed;
    /// throws when one is not, and then the same events are to be handed out again.
    /// </summary>
    public async Task EnqueueAsync(RegistrySnapshot registry, IReadOnlyList<HubEvent> events, CancellationToken cancellationToken)
    {
        var payloads = new JsonElement?[events.Count];
        var work = new List<Task>();
        foreach (var subscription in registry.Subscriptions.Values.Where(s => !s.IsPull))
        {
            List<HubEvent> taken = [];
            for (var i = 0; i < events.Count; i++)
            {
                if (events[i].Number > subscription.Since && subscription.Takes(events[i].Type)
                    && (subscription.Filter is not { } filter || filter.Matches(payloads[i] ??= Payload.Parse(events[i].Body))))
                {
                    taken.Add(events[i]);
                }
            }

            if (taken.Count > 0)
            {
                work.Add(EnqueueAsync(subscription, taken, cancellationToken));
            }
        }

        await Task.WhenAll(work);
    }

    /// <summary>The job of one event for one subscription.</summary>
    public JobSpec Spec(Subscription subscription, HubEvent e, bool replay)
    {
        var options = settings.Current;
        return new JobSpec
        {
            Id = new JobId(e.Id),
            State = DeliveryState.Pending,
            Fields = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [DeliveryField.Type] = e.Type,
                [DeliveryField.Recording] = e.RecordingId ?? "",
                [DeliveryField.Number] = e.Number.ToString(CultureInfo.InvariantCulture),
                [DeliveryField.Replay] = replay ? "1" : "",
            },

            // A replay is out of order by its nature: it must not wait behind what is new, nor hold that up.
            Lane = subscription.Order == DeliveryOrder.Recording && e.RecordingId is { } recording && !replay ? recording : null,
            KeepFor = options.DeliveryRetention,

            // The tombstone outlives the event, whatever the delivery's own retention.
            RememberFor = options.Retention,
        };
    }

    private Task<int> EnqueueAsync(Subscription subscription, List<HubEvent> events, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryKind.Kind, subscription.Partition).EnqueueManyAsync([.. events.Select(e => Spec(subscription, e, replay: false))], cancellationToken);
}
