using System.Collections.Concurrent;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Works off one partition for as long as there is something due: claims jobs ahead in batches, runs as many at a time as there are places,
/// and settles what has ended in batches, beside the claims (<see cref="JobSettler"/>). Each job keeps its own fence; places go to other
/// partitions as soon as those wait for one.
/// </summary>
internal sealed partial class PartitionRun
{
    /// <summary>
    /// How long the registry is not told what a claim found: while jobs come in, the next claim finds something else a moment later. Until
    /// then the partition stays due there, so that nothing is lost with this process.
    /// </summary>
    private static readonly TimeSpan ArmAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>How long whoever stores jobs waits for room, as long as the run ends some every now and then.</summary>
    private static readonly TimeSpan RoomWait = TimeSpan.FromMilliseconds(25);

    /// <summary>The same for whoever stores jobs that come last.</summary>
    private static readonly TimeSpan BehindWait = TimeSpan.FromMilliseconds(500);

    /// <summary>One of so many that begin is one of those that come last, where there are any: neither waits for the other's end.</summary>
    private const int LastEvery = 4;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

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
    private readonly Signal _room;
    private readonly Lock _gate = new();
    private int _places;
    private int _working;
    private int _inHand;
    private int _reserved;
    private int _settling;
    private int _claiming;
    private int _ahead;
    private int _settled;
    private int _turn;
    private long? _settledAt;
    private bool _backlog;
    private bool _over;
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
        _room = new Signal(_context.Queues.Clock);
        _settler = new JobSettler(_queue, _context, Settling, Settled, _signal.Set);
        _began = _context.Queues.Clock.Timestamp();
    }

    /// <summary>Something may have become due.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Gives back at once what the partition may not use, before anybody else asks for places.</summary>
    public void Begin()
    {
        Fit(Wanted(_context.Handler.LimitsFor(_partition)));
        _context.Queues.Begun(_context.Kind, _partition, this);
    }

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
                else if (TryEnd())
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
            _context.Queues.Ended(_context.Kind, _partition, this);
            (JobHold Hold, CancellationTokenSource Stop)[] left;
            lock (_gate)
            {
                _over = true;
                left = [.. _holds];
            }

            foreach (var (hold, stop) in left)
            {
                await hold.DisposeAsync();
                stop.Dispose();
            }

            if (MayBeDue || _next < _context.Options.Lease)
            {
                // What waits for a place, for the end of one of these, or for the store.
                _context.Slots.Want(_partition);
            }

            int unused;
            lock (_gate)
            {
                (unused, _places) = (_places, 0);
            }

            _context.Slots.Polled(_partition, unused);
            _context.Freed();
        }

        // The end of one made another due (its lane's next), and this process will not look any more.
        if (_context.Stopping.IsCancellationRequested && _next == TimeSpan.Zero)
        {
            await _queue.WakeAsync(CancellationToken.None);
        }
    }

    /// <summary>Whether nothing is in hand, and nothing comes any more.</summary>
    private bool TryEnd()
    {
        lock (_gate)
        {
            return _over = _inHand == 0;
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
        _claims && MayBeDue && _context.Backoff.IsOver && Room is var room && room > 0
        && ((_ready.IsEmpty && _last.IsEmpty) || room >= _ahead / 2);

    /// <summary>The last claim found less than it asked for, and nothing came for a moment, or all of it has ended.</summary>
    private bool ShouldArm => _claims && _unarmed is { } found && (InHand == 0 || _context.Queues.Clock.Since(found.At) >= ArmAfter);

    /// <summary>How many more may be in hand.</summary>
    private int Room
    {
        get
        {
            lock (_gate)
            {
                return _places + _ahead - _inHand;
            }
        }
    }

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

    /// <summary>
    /// How many of the queue's jobs this run holds for certain. What is on its way into the store, or out of it, counts as another's: a
    /// limit is never exceeded because the store was a step ahead.
    /// </summary>
    private int Held
    {
        get
        {
            lock (_gate)
            {
                return _inHand - _reserved - _settling;
            }
        }
    }

    private bool MayBeDue
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
        Claimed(left: true);
        ClaimAgain();
    }

    private void Settling(int count)
    {
        lock (_gate)
        {
            _settling += count;
        }
    }

    /// <summary>
    /// What waited for these may be due now: the next of a lane, a place below the limit, a pause that ends while nobody else would look.
    /// </summary>
    private void Settled(int count, TimeSpan? next)
    {
        lock (_gate)
        {
            _inHand -= count;
            _settling -= count;
            _claimAgain |= next < _context.Options.Lease;
            _next = _next < next ? _next : next ?? _next;
            _settledAt = _context.Queues.Clock.Timestamp();
        }

        Interlocked.Add(ref _settled, count);
        _room.Set();
    }

    private async Task CollectAsync()
    {
        await _settler.CollectAsync();
        List<(JobHold Hold, CancellationTokenSource Stop)> over;
        lock (_gate)
        {
            over = _holds.FindAll(h => h.Hold.IsOver);
            _holds.RemoveAll(over.Contains);
        }

        foreach (var (hold, stop) in over)
        {
            await hold.DisposeAsync();
            stop.Dispose();
        }
    }
}
