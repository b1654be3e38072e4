using System.Collections.Concurrent;
using Siro.Gateway.Alerts;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.OperatorConsole.Figures;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>Deliveries of one subscription by what they wait for, and how long the longest due one has been due.</summary>
/// <param name="SkippedSince">When the oldest of those that were skipped came; null where none was.</param>
internal sealed record DeliveryCounts(
    long Pending, long Retrying, long Delivered, long Dead, long Skipped, DateTimeOffset? SkippedSince, TimeSpan OldestDue)
{
    public static readonly DeliveryCounts None = new(0, 0, 0, 0, 0, null, TimeSpan.Zero);

    /// <summary>Of a subscription that fails, the last attempt of its newest delivery that failed; null where there is none.</summary>
    public Attempt? LastFailure { get; init; }
}

/// <summary>A kind's jobs by state, and how long the longest due one has been due.</summary>
internal sealed record QueueCounts(Job Job, IReadOnlyDictionary<string, long> States, TimeSpan OldestDue)
{
    public long Of(IEnumerable<string> states) => states.Sum(state => States.GetValueOrDefault(state));
}

/// <summary>What an organization looks like now, before it is known who asks.</summary>
internal sealed record OrganizationState(
    DateTimeOffset At,
    long LastEvent,
    long Events,
    RegistrySnapshot Registry,
    IReadOnlyDictionary<SubscriptionId, DeliveryCounts> Deliveries,
    IReadOnlyList<QueueCounts> Jobs,
    IReadOnlyList<StoredJob<ReplayData>> Replays,
    FigureSpan Hour,
    IReadOnlyList<OpenAlert> Alerts);

/// <summary>
/// Looks an organization over: plain commands, a page of replays where any is under way, and one delivery of each subscription that fails,
/// the same for every tab and every caller for two seconds. Nobody looks, nothing is read.
/// Throws <see cref="StoreUnavailableException"/>.
/// </summary>
internal sealed class OrganizationStates(
    JobQueues queues, EventLog log, SubscriptionRegistry registry, ConfiguredSubscriptions configured, IEnumerable<Job> jobs,
    FigureReader figures, AlertStore alerts, Replays replays, TimeProvider time)
{
    /// <summary>
    /// Subscriptions whose deliveries are counted at one look; of more, others come at the next ones, so that looking costs the same
    /// however many there are.
    /// </summary>
    private const int AtOnce = 25;

    /// <summary>The same at the first look.</summary>
    private const int MostAtOnce = 250;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private readonly SharedRead<OrganizationKey, OrganizationState> _looks = new(Fresh, time);
    private readonly ConcurrentDictionary<(OrganizationKey, SubscriptionId), DeliveryCounts> _counts = new();
    private int _turn;

    public Task<OrganizationState> GetAsync(OrganizationKey organization) => _looks.GetAsync(organization, ReadAsync);

    private async Task<OrganizationState> ReadAsync(OrganizationKey organization)
    {
        var none = CancellationToken.None;
        await configured.RegisterAsync(organization, none);
        var (now, snapshot) = (time.GetUtcNow(), await registry.GetAsync(organization, none));
        var last = log.LastAsync(organization, none);
        var hour = figures.ReadAsync(organization, day: false);
        var open = replays.OpenAsync(organization, none);
        var (alerted, alertedAll) = (alerts.OpenAsync(organization.Value, none), alerts.OpenAsync(AlertStore.Fleet, none));
        var counts = Task.WhenAll(jobs.Where(j => j.Overview is not null).Select(j => CountAsync(j, organization, none)));
        var ids = snapshot.Subscriptions.Values.Where(s => !s.IsPull).OrderBy(s => s.Id.Value, StringComparer.Ordinal).ToList();
        var turn = NextToCount(organization, ids);
        await Task.WhenAll(turn.Select(async s =>
        {
            var queue = queues.Queue(DeliveryJob.Declaration.Kind, s.Partition);
            var due = queue.FirstDueAsync(none);
            var skipped = queue.OldestOfStateAsync(DeliveryState.Skipped, none);
            var byState = await queue.CountStatesAsync(
                [DeliveryState.Pending, DeliveryState.Retrying, DeliveryState.Delivered, DeliveryState.Dead, DeliveryState.Skipped], none);
            var oldest = await due is { } at && now - at is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero;
            var failed = snapshot.Failing.Contains(s.Id) ? await LastFailureAsync(s, retrying: byState[1] > 0, none) : null;
            _counts[(organization, s.Id)] = new DeliveryCounts(
                byState[0], byState[1], byState[2], byState[3], byState[4], await skipped, oldest) { LastFailure = failed };
        }));
        var (number, events) = await last;
        return new OrganizationState(
            now,
            number,
            events,
            snapshot,
            ids.ToDictionary(
                s => s.Id, s => _counts.GetValueOrDefault((organization, s.Id)) ?? DeliveryCounts.None),
            await counts,
            await open,
            await hour,
            [.. await alerted, .. await alertedAll]);
    }

    /// <summary>One read: of those that are tried again where there are any, else of those that died.</summary>
    private async Task<Attempt?> LastFailureAsync(Subscription subscription, bool retrying, CancellationToken cancellationToken)
    {
        var query = new JobQuery { State = retrying ? DeliveryState.Retrying : DeliveryState.Dead, Limit = 1 };
        var page = await queues.Queue(DeliveryJob.Declaration, subscription.Partition).ListAsync(query, cancellationToken);
        return page.Jobs is [var newest, ..] ? Attempt.Read(newest.Data.Attempts).LastOrDefault(a => !a.Succeeded) : null;
    }

    /// <summary>Whose deliveries are counted at this look: those that never were, and the next few.</summary>
    private List<Subscription> NextToCount(OrganizationKey organization, List<Subscription> all)
    {
        if (all.Count <= AtOnce)
        {
            return all;
        }

        var next = Enumerable.Range(0, AtOnce).Select(_ => all[(int)((uint)Interlocked.Increment(ref _turn) % all.Count)]);
        return [.. all.Where(s => !_counts.ContainsKey((organization, s.Id))).Take(MostAtOnce), .. next];
    }

    private async Task<QueueCounts> CountAsync(Job job, OrganizationKey organization, CancellationToken cancellationToken)
    {
        var (queue, states) = (queues.Queue(job.Kind, organization.Value), job.States.All);
        var counts = queue.CountStatesAsync(states, cancellationToken);
        var whole = await queue.CountAsync(cancellationToken);
        var byState = states.Zip(await counts).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        return new QueueCounts(job, byState, whole.OldestDue);
    }
}
