using System.Collections.Concurrent;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>What a <see cref="PartitionRun"/> needs of the dispatcher that started it.</summary>
internal sealed record PartitionRunContext(
    JobKind Kind, WorkerId Owner, IJobHandler Handler, JobWorkerOptions Options, JobQueues Queues, JobRunner Runner, JobMetrics Metrics, JobSlots Slots,
    StoreBackoff Backoff, CancellationToken Stopping, CancellationToken Abort)
{
    /// <summary>The number of the next claim of a partition; the same until it was answered.</summary>
    public required Func<string, long> Sequence { get; init; }

    /// <summary>A claim of this partition was answered.</summary>
    public required Action<string> Answered { get; init; }

    /// <summary>Something is due in a while that no notice will tell of.</summary>
    public required Action<TimeSpan> PollIn { get; init; }

    /// <summary>Places were given back.</summary>
    public required Action Freed { get; init; }

    /// <summary>The store does not answer.</summary>
    public required Action<StoreUnavailableException> Unavailable { get; init; }
}

/// <summary>
/// Works off one partition for as long as there is something due: claims jobs ahead in batches, runs as many at a time as there are places,
/// and settles what has ended in batches, by time or number, whichever comes first. While one script is under way, what ends meanwhile
/// gathers for the next. Each job keeps its own fence; places go to other partitions as soon as those wait for one.
/// </summary>
internal sealed class PartitionRun(string partition, int places, PartitionRunContext context)
{
    /// <summary>How long an ended job waits for others before it is settled.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    /// <summary>So many are settled without waiting for more.</summary>
    private const int Enough = 100;

    /// <summary>After this long a run with others waiting gives up its last place, too.</summary>
    private static readonly TimeSpan TimeSlice = TimeSpan.FromMilliseconds(500);

    private readonly JobQueue _queue = context.Queues.Queue(context.Kind, partition);
    private readonly JobRegistry _registry = context.Queues.Registry(context.Kind);
    private readonly long _began = context.Queues.Clock.Timestamp();
    private readonly ConcurrentQueue<(JobLease Lease, CancellationToken Stop)> _ready = new();
    private readonly ConcurrentQueue<(JobLease Lease, JobOutcome Outcome)> _ended = new();
    private readonly List<(JobHold Hold, CancellationTokenSource Stop)> _holds = [];
    private readonly Signal _signal = new(context.Queues.Clock);
    private readonly Lock _gate = new();
    private int _places = places;
    private int _working;
    private int _inHand;
    private int _ahead;
    private int _settled;
    private bool _claims = true;
    private bool _look = true;
    private TimeSpan? _next;
    private long? _gathering;

    /// <summary>Something may have become due.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Gives back at once what the partition may not use, before anybody else asks for places.</summary>
    public void Begin() => Fit(Wanted(context.Handler.LimitsFor(partition)));

    /// <summary>Works until nothing is due, the place is another's, or the process stops, and everything claimed has ended.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                // In this order: a signal that comes from here on is seen by the wait below.
                _look |= context.Slots.WasWanted(partition);
                if (context.Stopping.IsCancellationRequested || Places == 0)
                {
                    _claims = false;
                    GiveBackUnbegun();
                }

                if (ShouldClaim)
                {
                    await ClaimAsync();
                }

                if (ShouldSettle)
                {
                    await SettleAsync();
                }

                if (_inHand == 0 && !ShouldClaim)
                {
                    break;
                }

                if (!ShouldClaim && !ShouldSettle)
                {
                    await _signal.WaitAsync(_gathering is { } since ? Gather - context.Queues.Clock.Since(since) : context.Options.Poll, CancellationToken.None);
                }
            }
        }
        finally
        {
            foreach (var (hold, stop) in _holds)
            {
                await hold.DisposeAsync();
                stop.Dispose();
            }

            if (_look || _next < context.Options.Lease)
            {
                // What waits for a place, for the end of one of these, or for the store.
                context.Slots.Want(partition);
            }

            int left;
            lock (_gate)
            {
                (left, _places) = (_places, 0);
            }

            context.Slots.Polled(partition, left);
            context.Freed();
        }

        // The end of one made another due (its lane's next), and this process will not look any more.
        if (context.Stopping.IsCancellationRequested && _next == TimeSpan.Zero)
        {
            await _queue.WakeAsync(CancellationToken.None);
        }
    }

    private int Wanted(JobLimits limits) =>
        Math.Min(limits.Concurrency ?? context.Options.PartitionConcurrency, context.Options.PartitionConcurrency);

    private int Places
    {
        get
        {
            lock (_gate)
            {
                return _places;
            }
        }
    }

    private bool ShouldClaim => _claims && _look && context.Backoff.IsOver && Room is var room && room > 0 && (_ready.IsEmpty || room >= _ahead / 2);

    /// <summary>How many more may be in hand.</summary>
    private int Room => Places + _ahead - _inHand;

    private bool ShouldSettle
    {
        get
        {
            if (_ended.IsEmpty)
            {
                _gathering = null;
                return false;
            }

            _gathering ??= context.Queues.Clock.Timestamp();
            return IsIdle || _ended.Count >= Enough || context.Queues.Clock.Since(_gathering.Value) >= Gather;
        }
    }

    private bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _working == 0 && _ready.IsEmpty;
            }
        }
    }

    private async Task ClaimAsync()
    {
        var limits = context.Handler.LimitsFor(partition);
        var wanted = Wanted(limits);
        Fit(wanted);

        // As many ahead as have ended since the last claim and again, so that an endpoint that hangs has few in hand. A rate counts claims:
        // then there are none ahead.
        var paced = limits.RatePerSecond is not null;
        _ahead = paced ? 0 : Math.Clamp(_settled * 2, 2 * wanted, Math.Max(context.Options.Batch, 2 * wanted));
        _settled = 0;
        var most = Math.Min(Room, Math.Max(context.Options.Batch, Places));
        if (most <= 0)
        {
            return;
        }

        (_look, _next) = (false, null);
        try
        {
            // In this order: whoever makes something due after this moment changes the generation, and the arming below fails.
            var generation = await _registry.GenerationAsync(partition, context.Stopping);
            var (batch, hold) = await _queue.ClaimAheadAsync(
                context.Owner, context.Sequence(partition), most, context.Options.Lease, limits, paced ? -1 : _inHand, context.Stopping);
            context.Answered(partition);
            context.Metrics.Claimed(context.Kind, batch.Jobs.Count, batch.OldestDue);
            if (batch.Jobs.Count > 0)
            {
                await BeginAsync(batch, hold);
            }

            if (batch.Jobs.Count == most)
            {
                // There may be more; until there is not, the registry need not know.
                _look = true;
            }
            else if (!await _registry.ArmAsync(partition, generation, batch.Next, context.Stopping))
            {
                _look = true;
            }
            else if (batch.Next is { } next)
            {
                _look = next == TimeSpan.Zero && batch.Jobs.Count > 0;
                context.PollIn(next);
            }

            context.Backoff.Succeeded();
        }
        catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested)
        {
            _claims = false;
        }
        catch (StoreUnavailableException e)
        {
            context.Unavailable(e);
            (_claims, _look) = (false, true);
        }
    }

    private async Task BeginAsync(ClaimBatch batch, JobHold hold)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(hold.Lost, context.Abort);
        _holds.Add((hold, stop));
        _inHand += batch.Jobs.Count;
        try
        {
            await context.Handler.PrepareAsync(partition, [.. batch.Jobs.Select(j => j.Job)], stop.Token);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            // Each job meets the same when it is run, where it is told.
        }

        foreach (var job in batch.Jobs)
        {
            _ready.Enqueue((job, stop.Token));
        }

        Start();
    }

    /// <summary>Starts as many more as there are places and jobs for.</summary>
    private void Start()
    {
        int more;
        lock (_gate)
        {
            more = Math.Min(_places - _working, _ready.Count);
            _working += Math.Max(0, more);
        }

        for (var i = 0; i < more; i++)
        {
            _ = Task.Run(WorkAsync);
        }
    }

    private async Task WorkAsync()
    {
        while (!IsOver() && _ready.TryDequeue(out var job))
        {
            var outcome = await context.Runner.RunOneAsync(job.Lease, context.Handler, context.Options, job.Stop);
            _ended.Enqueue((job.Lease, outcome));
            if (_ended.Count is 1 or Enough)
            {
                _signal.Set();
            }
        }

        lock (_gate)
        {
            _working--;
        }

        // Some may have come after this one had looked for the last time.
        Start();
        _signal.Set();
    }

    /// <summary>Whether whoever is done with a job is to end: there are more at work than places, or others wait for one.</summary>
    private bool IsOver()
    {
        lock (_gate)
        {
            if (_working > _places)
            {
                return true;
            }
        }

        if (!context.Slots.IsShort)
        {
            return false;
        }

        lock (_gate)
        {
            if (_places > 1 || context.Queues.Clock.Since(_began) > TimeSlice)
            {
                _places--;
                context.Slots.Leave(partition);
                context.Freed();
                return true;
            }

            return false;
        }
    }

    /// <summary>Gives back the places that the partition may not use or does not, where others wait; takes more where none do.</summary>
    private void Fit(int wanted)
    {
        lock (_gate)
        {
            var surplus = _places - Math.Max(1, wanted);
            if (surplus > 0)
            {
                _places -= surplus;
                context.Slots.Leave(partition, surplus);
                context.Freed();
            }
            else if (surplus < 0 && _places > 0)
            {
                _places += context.Slots.Grow(partition, -surplus);
            }
        }
    }

    private void GiveBackUnbegun()
    {
        while (_ready.TryDequeue(out var job))
        {
            _ended.Enqueue((job.Lease, JobOutcome.GiveBack));
        }
    }

    private async Task SettleAsync()
    {
        var ends = new List<(JobLease Lease, JobOutcome Outcome)>();
        while (ends.Count < Enough * 2 && _ended.TryDequeue(out var end))
        {
            ends.Add(end);
        }

        if (ends.Count == 0)
        {
            return;
        }

        // What the handler settled itself, or found lost, needs no write.
        var open = ends.FindAll(e => e.Outcome.Kind != JobOutcomeKind.Settled && !e.Lease.IsEnded);
        while (open.Count > 0 && !await TrySettleAsync(open))
        {
            open.RemoveAll(e =>
            {
                if (!e.Lease.IsHeld)
                {
                    e.Lease.Ended(written: false);
                    context.Runner.Lost(e.Lease);
                }

                return e.Lease.IsEnded;
            });
            await context.Queues.Clock.Delay(context.Queues.Randomness.Around(TimeSpan.FromMilliseconds(300), 0.5), CancellationToken.None);
        }

        foreach (var (lease, _) in ends.Where(e => !e.Lease.IsEnded))
        {
            lease.Ended(written: true);
        }

        _inHand -= ends.Count;
        _settled += ends.Count;
        for (var i = _holds.Count - 1; i >= 0; i--)
        {
            if (_holds[i].Hold.IsOver)
            {
                await _holds[i].Hold.DisposeAsync();
                _holds[i].Stop.Dispose();
                _holds.RemoveAt(i);
            }
        }
    }

    /// <summary>False when the store did not answer.</summary>
    private async Task<bool> TrySettleAsync(List<(JobLease Lease, JobOutcome Outcome)> ends)
    {
        try
        {
            var again = ends.FindAll(e => e.Outcome.Kind is JobOutcomeKind.Retry or JobOutcomeKind.GiveBack);
            if (again.Count > 0)
            {
                await _queue.TouchAsync(again.Min(e => e.Outcome.Delay), CancellationToken.None);
            }

            var (written, next) = await _queue.SettleAsync(ends, CancellationToken.None);
            for (var i = 0; i < ends.Count; i++)
            {
                ends[i].Lease.Ended(written[i]);
                if (!written[i])
                {
                    context.Runner.Lost(ends[i].Lease);
                }
            }

            if (again.Exists(e => e.Outcome.Kind == JobOutcomeKind.GiveBack))
            {
                await _queue.AnnounceAsync();
            }

            // What waited for these: the next of a lane, a place below the limit, a pause that ends while nobody else would look.
            _next = next;
            _look |= next < context.Options.Lease;
            return true;
        }
        catch (StoreUnavailableException e)
        {
            context.Unavailable(e);
            return false;
        }
    }
}
