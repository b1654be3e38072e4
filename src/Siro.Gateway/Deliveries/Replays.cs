using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Some deliveries that a replay covers, and where the next page begins; null when nothing is left.</summary>
internal sealed record ReplayPage(IReadOnlyList<JobSpec> Jobs, long? Next);

/// <summary>
/// Finds and repeats deliveries, a page in one script. Each delivery is resumed under an operation id made of the replay's and the event's,
/// so a step that is repeated after a crash resumes nothing twice; and behind what is due by itself, so that no live delivery waits for it.
/// </summary>
internal sealed class Replays(JobQueues queues, EventLog log, DeliveryQueue deliveries)
{
    /// <summary>What a resumed delivery's fields become.</summary>
    public static readonly IReadOnlyDictionary<string, string> Fields = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [DeliveryField.Replay] = "1",
        [DeliveryField.Failures] = "0",
    };

    /// <summary>The same as changes of one delivery.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Changes =
        Fields.ToDictionary(f => f.Key, f => (string?)f.Value, StringComparer.Ordinal);

    /// <summary>How many deliveries the filter covers now.</summary>
    public async Task<int> CountAsync(Subscription subscription, ReplayFilter filter, CancellationToken cancellationToken)
    {
        var count = 0;
        for (long? at = 0; at is { } from && count < filter.Limit;)
        {
            var page = await PageAsync(subscription, filter, from, cancellationToken);
            count += page.Jobs.Count;
            at = page.Next;
        }

        return Math.Min(count, filter.Limit);
    }

    /// <summary>One page, from a position.</summary>
    public Task<ReplayPage> PageAsync(Subscription subscription, ReplayFilter filter, long from, CancellationToken cancellationToken) =>
        filter.Status is { } status
            ? ByStateAsync(subscription, filter, status, from, cancellationToken)
            : ByEventAsync(subscription, filter, from, cancellationToken);

    /// <summary>How many replayed deliveries of the subscription wait.</summary>
    public Task<long> WaitingAsync(Subscription subscription, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryKind.Kind, subscription.Partition).CountBehindAsync(cancellationToken);

    /// <summary>Makes deliveries due again; answers how many of the subscription wait.</summary>
    public Task<long> RepeatAsync(
        Subscription subscription, ReplayFilter filter, string replay, IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryKind.Kind, subscription.Partition)
            .RepeatManyAsync(replay, DeliveryState.Pending, filter.Status, Fields, jobs, cancellationToken);

    private async Task<ReplayPage> ByStateAsync(
        Subscription subscription, ReplayFilter filter, string status, long from, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(DeliveryKind.Kind, subscription.Partition);
        var query = new JobQuery { State = status, From = filter.Since, Until = filter.Until, Limit = 200, OldestFirst = true };
        var page = await queue.ListAsync(query with { Cursor = from == 0 ? null : from }, cancellationToken);
        var oldest = await log.OldestAsync(subscription.Organization, cancellationToken);
        var taken = page.Jobs.Where(j => (filter.Type is null || j[DeliveryField.Type] == filter.Type) && HasEvent(j, oldest));
        return new ReplayPage([.. taken.Select(j => new JobSpec { Id = j.Id, State = DeliveryState.Pending })], page.Cursor);
    }

    /// <summary>A delivery outlives its event, which retention takes in the order of numbers: then there is nothing to send.</summary>
    private static bool HasEvent(Job job, long oldest) =>
        !long.TryParse(job[DeliveryField.Number], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= oldest;

    private async Task<ReplayPage> ByEventAsync(
        Subscription subscription, ReplayFilter filter, long from, CancellationToken cancellationToken)
    {
        var page = await log.ListAsync(
            subscription.Organization, filter.Events(from) with { WithBodies = subscription.Filter is not null }, cancellationToken);
        var taken = page.Events.Where(e => subscription.Takes(e.Type) && (subscription.Filter?.Matches(Payload.Parse(e.Body)) ?? true));

        // One whose first delivery is forgotten but for its tombstone becomes another job for the same event.
        return new ReplayPage([.. taken.Select(e => deliveries.Spec(subscription, e, replay: true))], page.More ? page.Last + 1 : null);
    }
}
