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
/// and settles what has ended in batches, beside the claims (<see cref="JobSettler"/>). Each job keeps its own fence; places go to other
/// partitions as soon as those wait for one.
/// </summary>
internal sealed class PartitionRun
{
    /// <summary>
    /// How long the registry is not told what a claim found: while jobs come in, the next claim finds something else a moment later. Until
    /// then the partition stays due there, so that nothing is lost with this process.
    /// </summary>
    private static readonly TimeSpan ArmAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>After this long a run with others waiting gives up its last place, too.</summary>
    private static readonly TimeSpan TimeSlice = TimeSpan.FromMilliseconds(500);

    private readonly string _partition;
    private readonly PartitionRunContext _context;
    private readonly JobQueue _queue;
    private readonly JobRegistry _registry;
    private readonly JobSettler _settler;
    private readonly long _began;
    private readonly ConcurrentQueue<(JobLease Lease, CancellationToken Stop)> _ready = new();
    private readonly ConcurrentQueue<(JobLease Lease, CancellationToken Stop)> _last = new();
    private readonly List<(JobHold Hold, CancellationTokenSource Stop)> _holds = [];
    private readonly Signal _signal;
    private readonly Lock _gate = new();
    private int _places;
    private int _working;
    private int _inHand;
    private int _ahead;
    private int _settled;
    private bool _claims = true;
    private bool _claimAgain = true;
    private TimeSpan? _next;
    private long? _generation;
    private (TimeSpan? Next, long At)? _unarmed;

    public PartitionRun(string partition, int places, PartitionRunContext context)
    {
        (_partition, _places, _context) = (partition, places, context);
        _queue = _context.Queues.Queue(_context.Kind, _partition);
        _registry = _context.Queues.Registry(_context.Kind);
        _signal = new Signal(_context.Queues.Clock);
        _settler = new JobSettler(_queue, _context, Settled, _signal.Set);
        _began = _context.Queues.Clock.Timestamp();
    }

    /// <summary>Something may have become due.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Gives back at once what the partition may not use, before anybody else asks for places.</summary>
    public void Begin() => Fit(Wanted(_context.Handler.LimitsFor(_partition)));

    /// <summary>Works until nothing is due, the place is another's, or the process stops, and everything claimed has ended.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                // In this order: a signal that comes from here on is seen by the wait below.
                await CollectAsync();
                if (_context.Slots.WasWanted(_partition))
                {
                    ClaimAgain();
                }

                if (_context.Stopping.IsCancellationRequested || Places == 0)
                {
                    _claims = false;
                    GiveBackUnbegun();
                }

                if (ShouldClaim)
                {
                    await ClaimAsync();
                }

                while (_settler.IsDue(IsIdle))
                {
                    _settler.Begin();
                }

                if (ShouldClaim)
                {
                    continue;
                }

                if (ShouldArm)
                {
                    await ArmAsync();
                }
                else if (InHand == 0)
                {
                    break;
                }
                else
                {
                    await _signal.WaitAsync(Longest, CancellationToken.None);
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

            if (ShouldLook || _next < _context.Options.Lease)
            {
                // What waits for a place, for the end of one of these, or for the store.
                _context.Slots.Want(_partition);
            }

            int left;
            lock (_gate)
            {
                (left, _places) = (_places, 0);
            }

            _context.Slots.Polled(_partition, left);
            _context.Freed();
        }

        // The end of one made another due (its lane's next), and this process will not look any more.
        if (_context.Stopping.IsCancellationRequested && _next == TimeSpan.Zero)
        {
            await _queue.WakeAsync(CancellationToken.None);
        }
    }

    private int Wanted(JobLimits limits) =>
        Math.Min(limits.Concurrency ?? _context.Options.PartitionConcurrency, _context.Options.PartitionConcurrency);

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

    private bool ShouldClaim =>
        _claims && ShouldLook && _context.Backoff.IsOver && Room is var room && room > 0 && ((_ready.IsEmpty && _last.IsEmpty) || room >= _ahead / 2);

    /// <summary>The last claim found less than it asked for, and nothing came for a moment, or all of it has ended.</summary>
    private bool ShouldArm => _claims && _unarmed is { } found && (InHand == 0 || _context.Queues.Clock.Since(found.At) >= ArmAfter);

    /// <summary>How many more may be in hand.</summary>
    private int Room => Places + _ahead - InHand;

    private int InHand
    {
        get
        {
            lock (_gate)
            {
                return _inHand;
            }
        }
    }

    private bool ShouldLook
    {
        get
        {
            lock (_gate)
            {
                return _claimAgain;
            }
        }
    }

    /// <summary>The longest to wait for a signal.</summary>
    private TimeSpan Longest
    {
        get
        {
            var longest = _settler.Left ?? _context.Options.Poll;
            var arm = _claims && _unarmed is { } found ? ArmAfter - _context.Queues.Clock.Since(found.At) : longest;
            return arm < longest ? arm : longest;
        }
    }

    private bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _working == 0 && _ready.IsEmpty && _last.IsEmpty;
            }
        }
    }

    private async Task ClaimAsync()
    {
        var limits = _context.Handler.LimitsFor(_partition);
        var wanted = Wanted(limits);
        Fit(wanted);

        // As many ahead as have ended since the last claim and again, so that an endpoint that hangs has few in hand. A rate counts claims:
        // then there are none ahead.
        var paced = limits.RatePerSecond is not null;
        _ahead = paced ? 0 : Math.Clamp(Interlocked.Exchange(ref _settled, 0) * 2, 2 * wanted, Math.Max(_context.Options.Batch, 2 * wanted));
        var most = Math.Min(Room, Math.Max(_context.Options.Batch, Places));
        if (most <= 0)
        {
            return;
        }

        // What is settled from here on may set it again: this claim may not have seen it.
        lock (_gate)
        {
            (_claimAgain, _next) = (false, null);
        }

        _unarmed = null;
        try
        {
            // In this order: whoever makes something due after this moment changes the generation, and arming fails. So it does with one that
            // was known before.
            _generation ??= await _registry.GenerationAsync(_partition, _context.Stopping);
            var (batch, hold) = await _queue.ClaimAheadAsync(
                _context.Owner, _context.Sequence(_partition), most, _context.Options.Lease, limits, paced ? -1 : InHand, _context.Stopping);
            _context.Answered(_partition);
            _context.Metrics.Claimed(_context.Kind, batch.Jobs.Count, batch.OldestDue);
            if (batch.Jobs.Count > 0)
            {
                await BeginAsync(batch, hold);
            }

            if (batch.Jobs.Count == most)
            {
                // There may be more; until there is not, the registry need not know.
                ClaimAgain();
            }
            else
            {
                _unarmed = (batch.Next, _context.Queues.Clock.Timestamp());
                if (batch.Next == TimeSpan.Zero && batch.Jobs.Count > 0)
                {
                    ClaimAgain();
                }
            }

            _context.Backoff.Succeeded();
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            _claims = false;
        }
        catch (StoreUnavailableException e)
        {
            Unavailable(e);
        }
    }

    /// <summary>Tells the registry when something is due here, as the last claim found it; looks again where that may not be so any more.</summary>
    private async Task ArmAsync()
    {
        var (found, at) = _unarmed!.Value;
        _unarmed = null;
        var next = found - _context.Queues.Clock.Since(at) is { } left && left < TimeSpan.Zero ? TimeSpan.Zero : found - _context.Queues.Clock.Since(at);
        try
        {
            if (!await _registry.ArmAsync(_partition, _generation ?? 0, next, _context.Stopping))
            {
                _generation = null;
                ClaimAgain();
            }
            else if (next is { } wait)
            {
                _context.PollIn(wait);
            }
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            _claims = false;
        }
        catch (StoreUnavailableException e)
        {
            Unavailable(e);
        }
    }

    /// <summary>There may be something to claim.</summary>
    private void ClaimAgain()
    {
        lock (_gate)
        {
            _claimAgain = true;
        }
    }

    private void Unavailable(StoreUnavailableException e)
    {
        _context.Unavailable(e);
        _claims = false;
        ClaimAgain();
    }

    /// <summary>What waited for these may be due now: the next of a lane, a place below the limit, a pause that ends while nobody else would look.</summary>
    private void Settled(int count, TimeSpan? next)
    {
        lock (_gate)
        {
            _inHand -= count;
            _claimAgain |= next < _context.Options.Lease;
            _next = _next < next ? _next : next ?? _next;
        }

        Interlocked.Add(ref _settled, count);
    }

    private async Task CollectAsync()
    {
        await _settler.CollectAsync();
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

    private async Task BeginAsync(ClaimBatch batch, JobHold hold)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(hold.Lost, _context.Abort);
        _holds.Add((hold, stop));
        lock (_gate)
        {
            _inHand += batch.Jobs.Count;
        }

        try
        {
            await _context.Handler.PrepareAsync(_partition, [.. batch.Jobs.Select(j => j.Job)], stop.Token);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            // Each job meets the same when it is run, where it is told.
        }

        foreach (var job in batch.Jobs)
        {
            (_context.Handler.ComesLast(job.Job) ? _last : _ready).Enqueue((job, stop.Token));
        }

        Start();
    }

    private bool TryNext(out (JobLease Lease, CancellationToken Stop) job) => _ready.TryDequeue(out job) || _last.TryDequeue(out job);

    /// <summary>Starts as many more as there are places and jobs for.</summary>
    private void Start()
    {
        int more;
        lock (_gate)
        {
            more = Math.Min(_places - _working, _ready.Count + _last.Count);
            _working += Math.Max(0, more);
        }

        for (var i = 0; i < more; i++)
        {
            _ = Task.Run(WorkAsync);
        }
    }

    private async Task WorkAsync()
    {
        while (!IsOver() && TryNext(out var job))
        {
            var outcome = await _context.Runner.RunOneAsync(job.Lease, _context.Handler, _context.Options, job.Stop);
            _settler.Add(job.Lease, outcome);
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

        if (!_context.Slots.IsShort)
        {
            return false;
        }

        lock (_gate)
        {
            if (_places > 1 || _context.Queues.Clock.Since(_began) > TimeSlice)
            {
                _places--;
                _context.Slots.Leave(_partition);
                _context.Freed();
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
                _context.Slots.Leave(_partition, surplus);
                _context.Freed();
            }
            else if (surplus < 0 && _places > 0)
            {
                _places += _context.Slots.Grow(_partition, -surplus);
            }
        }
    }

    private void GiveBackUnbegun()
    {
        while (TryNext(out var job))
        {
            _settler.Add(job.Lease, JobOutcome.GiveBack);
        }
    }
}
