using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Some deliveries that a replay covers, and where the next page begins; null when nothing is left.</summary>
internal sealed record ReplayPage(IReadOnlyList<Replayed> Jobs, long? Next);

/// <summary>A delivery that a replay covers.</summary>
/// <param name="Job">What it is made of where it is not there; null where only those are repeated that are.</param>
internal sealed record Replayed(JobId Id, NewJob<DeliveryData>? Job);

/// <summary>
/// Finds and repeats deliveries, a page in one script. Each delivery is resumed under an operation id made of the replay's and the event's,
/// so a step that is repeated after a crash resumes nothing twice; and behind what is due by itself, so that no live delivery waits for it.
/// </summary>
internal sealed class Replays(JobQueues queues, EventLog log, DeliveryQueue deliveries)
{
    /// <summary>Most replays of a state that are listed.</summary>
    private const int MostOpen = 100;

    private static readonly string[] OpenStates = [ReplayState.Replaying, ReplayState.Paused];

    /// <summary>How many deliveries the filter covers now.</summary>
    public async Task<int> CountAsync(Subscription subscription, ReplayFilter filter, CancellationToken cancellationToken)
    {
        var count = 0;
        for (long? at = 0; at is { } from && count < filter.Limit;)
        {
            var page = await PageAsync(subscription, filter, from, toSend: false, cancellationToken);
            count += page.Jobs.Count;
            at = page.Next;
        }

        return Math.Min(count, filter.Limit);
    }

    /// <summary>One page, from a position, whose deliveries are made due next.</summary>
    public Task<ReplayPage> PageAsync(Subscription subscription, ReplayFilter filter, long from, CancellationToken cancellationToken) =>
        PageAsync(subscription, filter, from, toSend: true, cancellationToken);

    private Task<ReplayPage> PageAsync(
        Subscription subscription, ReplayFilter filter, long from, bool toSend, CancellationToken cancellationToken) =>
        filter.Status is { } status
            ? ByStateAsync(subscription, filter, status, from, cancellationToken)
            : ByEventAsync(subscription, filter, from, toSend, cancellationToken);

    /// <summary>
    /// An organization's replays that are under way or paused, newest first, <see cref="MostOpen"/> of each. Where none is, it costs two
    /// counters.
    /// </summary>
    public async Task<IReadOnlyList<StoredJob<ReplayData>>> OpenAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        var queue = queues.Queue(ReplayJob.Declaration, organization.Value);
        var counts = await queue.CountStatesAsync(OpenStates, cancellationToken);
        var pages = await Task.WhenAll(OpenStates.Where((_, i) => counts[i] > 0)
            .Select(s => queue.ListAsync(new JobQuery { State = s, Limit = MostOpen }, cancellationToken)));
        return [.. pages.SelectMany(p => p.Jobs).OrderByDescending(j => j.Position)];
    }

    /// <summary>How many replayed deliveries of the subscription wait.</summary>
    public Task<long> WaitingAsync(Subscription subscription, CancellationToken cancellationToken) =>
        Queue(subscription).CountBehindAsync(cancellationToken);

    /// <summary>Makes deliveries due again; answers how many of the subscription wait.</summary>
    public Task<long> RepeatAsync(
        Subscription subscription, ReplayFilter filter, string replay, IReadOnlyList<Replayed> jobs, CancellationToken cancellationToken) =>
        filter.Status switch
        {
            null => Queue(subscription).RepeatManyAsync(replay, null, DeliveryFormat.Again, jobs.Select(j => j.Job!), cancellationToken),
            DeliveryState.Retrying =>
                Queue(subscription).MakeDueManyAsync(replay, DeliveryState.Retrying, jobs.Select(j => j.Id), cancellationToken),
            { } status => Queue(subscription).RepeatManyAsync(
                replay, status, DeliveryFormat.Again, jobs.Select(j => j.Id), cancellationToken),
        };

    private async Task<ReplayPage> ByStateAsync(
        Subscription subscription, ReplayFilter filter, string status, long from, CancellationToken cancellationToken)
    {
        var queue = Queue(subscription);
        var query = new JobQuery { State = status, From = filter.Since, Until = filter.Until, Limit = 200, OldestFirst = true };
        var page = await queue.ListAsync(query with { Cursor = from == 0 ? null : from }, cancellationToken);
        var oldest = await log.OldestAsync(subscription.Organization, cancellationToken);
        var taken = page.Jobs.Where(j =>
            j.Phase != JobPhase.Running && (filter.Type is null || j.Data.Type == filter.Type) && HasEvent(j, oldest));
        return new ReplayPage([.. taken.Select(j => new Replayed(j.Id, null))], page.Cursor);
    }

    /// <summary>
    /// A delivery outlives its event, which retention takes in the order of numbers: then there is nothing to send any more.
    /// </summary>
    private static bool HasEvent(StoredJob<DeliveryData> job, long oldest) => job.Data.Number is not { } number || number >= oldest;

    private async Task<ReplayPage> ByEventAsync(
        Subscription subscription, ReplayFilter filter, long from, bool toSend, CancellationToken cancellationToken)
    {
        // Where this replica sends them, each event is read once.
        toSend = toSend && Queue(subscription).IsWorkedOffHere;
        var query = filter.Events(from) with { WithBodies = toSend || subscription.Filter is not null, ForDelivery = toSend };
        var page = await log.ListAsync(subscription.Organization, query, cancellationToken);
        var taken = page.Events.Where(e => subscription.Takes(e.Type) && (subscription.Filter?.Matches(Payload.Parse(e.Body)) ?? true));

        // One whose first delivery is forgotten but for its tombstone becomes another job for the same event.
        var jobs = taken.Select(e => deliveries.New(subscription, e, replay: true)).Select(j => new Replayed(j.Id, j));
        return new ReplayPage([.. jobs], page.More ? page.Last + 1 : null);
    }

    private JobQueue<DeliveryData> Queue(Subscription subscription) => queues.Queue(DeliveryJob.Declaration, subscription.Partition);
}
