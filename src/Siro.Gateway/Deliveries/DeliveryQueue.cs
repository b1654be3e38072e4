using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// Makes deliveries: one job for each event and subscription, in the subscription's own slot. Making one again changes nothing.
/// </summary>
internal sealed class DeliveryQueue(JobQueues queues, ISettings<WebhooksOptions> settings) : IDeliveries, ISubscriptionListener
{
    /// <summary>
    /// More in a row would only hold up what claims and ends deliveries meanwhile: the store carries out one script at a time.
    /// </summary>
    private const int PutsAtATime = 8;

    /// <inheritdoc />
    /// <remarks>Several subscriptions at the same time.</remarks>
    public async Task EnqueueAsync(RegistrySnapshot registry, IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
    {
        var payloads = new JsonElement?[events.Count];
        var work = new List<(Subscription Subscription, List<StoredEvent> Events)>();
        foreach (var subscription in registry.Subscriptions.Values.Where(s => !s.IsPull))
        {
            List<StoredEvent> taken = [];
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
                work.Add((subscription, taken));
            }
        }

        // The wake-ups stand before the jobs do: one script for all of them.
        await queues.Registry(DeliveryJob.Declaration.Kind).TouchAsync(work.Select(w => w.Subscription.Partition), cancellationToken);
        await Parallel.ForEachAsync(
            work,
            new ParallelOptions { MaxDegreeOfParallelism = PutsAtATime, CancellationToken = cancellationToken },
            async (w, token) => await PutAsync(w.Subscription, w.Events, token));
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<object>> OfEventAsync(
        string eventId, IEnumerable<Subscription> subscriptions, CancellationToken cancellationToken)
    {
        var id = new JobId(eventId);
        var jobs = await Task.WhenAll(subscriptions.Select(async s =>
            (Subscription: s, Job: await queues.Queue(DeliveryJob.Declaration, s.Partition).FindAsync(id, cancellationToken))));
        return [.. jobs.Where(j => j.Job is not null).Select(j => DeliveryView.Of(j.Job!, j.Subscription.Id, withAttempts: false))];
    }

    /// <inheritdoc />
    public async Task<(IReadOnlyList<string> Events, long? Cursor)> EventsOfAsync(
        Subscription subscription, string? state, DateTimeOffset? since, DateTimeOffset? until, long? cursor, int limit,
        CancellationToken cancellationToken)
    {
        if (state is not null && !DeliveryJob.Declaration.States.All.Contains(state))
        {
            throw QueryValues.Wrong("state", "must be one of " + string.Join(", ", DeliveryJob.Declaration.States.All));
        }

        var page = await queues.Queue(DeliveryJob.Declaration, subscription.Partition)
            .ListAsync(new JobQuery { State = state, From = since, Until = until, Cursor = cursor, Limit = limit }, cancellationToken);
        return ([.. page.Jobs.Select(j => DeliveryJob.EventOf(j.Id)).Distinct(StringComparer.Ordinal)], page.Cursor);
    }

    /// <inheritdoc />
    /// <remarks>Its limits may let more go out now, or its deliveries are to be skipped.</remarks>
    public Task ChangedAsync(Subscription changed, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryJob.Declaration, changed.Partition).WakeAsync(cancellationToken);

    /// <summary>The job of one event for one subscription.</summary>
    public NewJob<DeliveryData> New(Subscription subscription, StoredEvent e, bool replay)
    {
        var options = settings.Current;
        var data = new DeliveryData { Type = e.Type, RecordingId = e.RecordingId, Number = e.Number, Replay = replay };
        return new NewJob<DeliveryData>(new JobId(e.Id), data)
        {
            // A replay is out of order by its nature: it must not wait behind what is new, nor hold that up.
            Lane = subscription.Order == DeliveryOrder.Recording && e.RecordingId is { } recording && !replay ? recording : null,
            KeepFor = options.DeliveryRetention,

            // The tombstone outlives the event, whatever the delivery's own retention.
            RememberFor = options.Retention,
        };
    }

    private Task<int> PutAsync(Subscription subscription, List<StoredEvent> events, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryJob.Declaration, subscription.Partition)
            .PutManyAsync(events.Select(e => New(subscription, e, replay: false)), cancellationToken);
}
