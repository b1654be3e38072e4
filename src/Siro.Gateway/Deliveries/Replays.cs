using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>One step of a replay: some deliveries, and where the next step begins; null when nothing is left.</summary>
/// <param name="Waiting">Replayed deliveries that wait now.</param>
internal sealed record ReplayStep(int Count, long? Next, long Waiting);

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
    public static readonly IReadOnlyDictionary<string, string?> Changes = Fields.ToDictionary(f => f.Key, f => (string?)f.Value, StringComparer.Ordinal);

    /// <summary>How many deliveries the filter covers now.</summary>
    public async Task<int> CountAsync(Subscription subscription, ReplayFilter filter, CancellationToken cancellationToken)
    {
        var count = 0;
        for (long? at = 0; at is { } from && count < filter.Limit;)
        {
            var step = await StepAsync(subscription, filter, from, filter.Limit - count, replay: null, cancellationToken);
            count += step.Count;
            at = step.Next;
        }

        return count;
    }

    /// <summary>One page, from a position; with a <paramref name="replay"/> id it is carried out, without it only counted.</summary>
    public Task<ReplayStep> StepAsync(Subscription subscription, ReplayFilter filter, long from, int most, string? replay, CancellationToken cancellationToken) =>
        filter.Status is { } status
            ? ByStateAsync(subscription, filter, status, from, most, replay, cancellationToken)
            : ByEventAsync(subscription, filter, from, most, replay, cancellationToken);

    /// <summary>How many replayed deliveries of the subscription wait.</summary>
    public Task<long> WaitingAsync(Subscription subscription, CancellationToken cancellationToken) => RepeatAsync(subscription, "", null, [], cancellationToken);

    private async Task<ReplayStep> ByStateAsync(
        Subscription subscription, ReplayFilter filter, string status, long from, int most, string? replay, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(DeliveryKind.Kind, subscription.Partition);
        var page = await queue.ListAsync(
            new JobQuery { State = status, From = filter.Since, Until = filter.Until, Cursor = from == 0 ? null : from, Limit = 200, OldestFirst = true },
            cancellationToken);
        var oldest = await log.OldestAsync(subscription.Organization, cancellationToken);
        var taken = page.Jobs.Where(j => (filter.Type is null || j[DeliveryField.Type] == filter.Type) && HasEvent(j, oldest)).Take(most).ToList();
        var waiting = replay is null ? 0
            : await RepeatAsync(subscription, replay, status, [.. taken.Select(j => new JobSpec { Id = j.Id, State = DeliveryState.Pending })], cancellationToken);
        return new ReplayStep(taken.Count, page.Cursor, waiting);
    }

    /// <summary>A delivery outlives its event, which retention takes in the order of numbers: then there is nothing to send any more.</summary>
    private static bool HasEvent(Job job, long oldest) =>
        !long.TryParse(job[DeliveryField.Number], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= oldest;

    private async Task<ReplayStep> ByEventAsync(
        Subscription subscription, ReplayFilter filter, long from, int most, string? replay, CancellationToken cancellationToken)
    {
        var page = await log.ListAsync(
            subscription.Organization, filter.Events(from) with { WithBodies = subscription.Filter is not null }, cancellationToken);
        var taken = page.Events
            .Where(e => subscription.Takes(e.Type) && (subscription.Filter?.Matches(Payload.Parse(e.Body)) ?? true))
            .Take(most)
            .ToList();

        // One whose first delivery is forgotten but for its tombstone becomes another job for the same event.
        var waiting = replay is null ? 0
            : await RepeatAsync(subscription, replay, null, [.. taken.Select(e => deliveries.Spec(subscription, e, replay: true))], cancellationToken);
        return new ReplayStep(taken.Count, page.More ? page.Last + 1 : null, waiting);
    }

    private Task<long> RepeatAsync(
        Subscription subscription, string replay, string? expected, IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) =>
        queues.Queue(DeliveryKind.Kind, subscription.Partition).RepeatManyAsync(replay, DeliveryState.Pending, expected, Fields, jobs, cancellationToken);
}
