using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>One step of a replay: some deliveries, and where the next step begins; null when nothing is left.</summary>
internal sealed record ReplayStep(int Count, long? Next);

/// <summary>
/// Finds and repeats deliveries, a page at a time. Each delivery is resumed under an operation id made of the replay's and the event's,
/// so a step that is repeated after a crash resumes nothing twice.
/// </summary>
internal sealed class Replays(JobQueues queues, EventLog log, DeliveryQueue deliveries)
{
    /// <summary>What a resumed delivery's fields become.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Fields = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        [DeliveryField.Replay] = "1",
        [DeliveryField.Failures] = "0",
    };

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

    private async Task<ReplayStep> ByStateAsync(Subscription subscription, ReplayFilter filter, string status, long from, int most, string? replay, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(DeliveryKind.Kind, subscription.Partition);
        var page = await queue.ListAsync(
            new JobQuery { State = status, From = filter.Since, Until = filter.Until, Cursor = from == 0 ? null : from, Limit = 200, OldestFirst = true }, cancellationToken);
        var oldest = await log.OldestAsync(subscription.Organization, cancellationToken);
        var count = 0;
        foreach (var job in page.Jobs.Where(j => (filter.Type is null || j[DeliveryField.Type] == filter.Type) && HasEvent(j, oldest)).Take(most))
        {
            count++;
            if (replay is not null)
            {
                await queue.ResumeAsync(job.Id, status, DeliveryState.Pending, TimeSpan.Zero, Fields, new OperationId($"{replay}:{job.Id}"), cancellationToken);
            }
        }

        return new ReplayStep(count, page.Cursor);
    }

    /// <summary>A delivery outlives its event, which retention takes in the order of numbers: then there is nothing to send any more.</summary>
    private static bool HasEvent(Job job, long oldest) => !long.TryParse(job[DeliveryField.Number], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= oldest;

    private async Task<ReplayStep> ByEventAsync(Subscription subscription, ReplayFilter filter, long from, int most, string? replay, CancellationToken cancellationToken)
    {
        var page = await log.ListAsync(subscription.Organization, filter.Events(from) with { WithBodies = subscription.Filter is not null }, cancellationToken);
        var taken = page.Events.Where(e => subscription.Takes(e.Type) && (subscription.Filter?.Matches(Payload.Parse(e.Body)) ?? true)).Take(most).ToList();
        if (replay is not null)
        {
            foreach (var e in taken)
            {
                await RepeatAsync(subscription, e, replay, cancellationToken);
            }
        }

        return new ReplayStep(taken.Count, page.More ? page.Last + 1 : null);
    }

    private async Task RepeatAsync(Subscription subscription, StoredEvent e, string replay, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(DeliveryKind.Kind, subscription.Partition);
        var operation = new OperationId($"{replay}:{e.Id}");
        var spec = deliveries.Spec(subscription, e, replay: true);
        var made = await queue.EnqueueAsync(spec, operation, cancellationToken);
        if (made.Status == EnqueueStatus.Remembered)
        {
            // The first delivery is forgotten but for its tombstone: this one is another job for the same event.
            await queue.EnqueueAsync(spec with { Id = new JobId($"{e.Id}{DeliveryKind.Again}{replay}") }, operation, cancellationToken);
        }
        else if (made is { Status: EnqueueStatus.Exists, Job: { Phase: JobPhase.Finished or JobPhase.Parked } job })
        {
            await queue.ResumeAsync(job.Id, job.State, DeliveryState.Pending, TimeSpan.Zero, Fields, operation, cancellationToken);
        }
    }
}
