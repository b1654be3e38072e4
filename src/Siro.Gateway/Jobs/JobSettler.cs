using System.Collections.Concurrent;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Ends the jobs of a <see cref="PartitionRun"/> in batches, by time or number, whichever comes first. Several scripts may be under way at
/// a time, beside the run's claims: each job keeps its own fence, so that their order does not matter. What ends meanwhile gathers for the
/// next. Its members but <see cref="Add"/> are the run's loop's alone.
/// </summary>
/// <param name="queue">The jobs' queue.</param>
/// <param name="context">The run's.</param>
/// <param name="settling">So many are about to end in the store: it may count them as held for a little longer, or not.</param>
/// <param name="settled">So many have ended; how long until something is due.</param>
/// <param name="wake">There is something to do.</param>
internal sealed class JobSettler(
    JobQueue queue, PartitionRunContext context, Action<int> settling, Action<int, TimeSpan?> settled, Action wake)
{
    /// <summary>
    /// How long an ended job waits for others before it is settled: each script waits for the disk, so few large ones cost the store least.
    /// </summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(15);

    /// <summary>The same where one of them has a lane, in which the next waits for its end.</summary>
    private static readonly TimeSpan LaneGather = TimeSpan.FromMilliseconds(5);

    /// <summary>So many are settled without waiting for more.</summary>
    private const int Enough = 128;

    /// <summary>Most in one script.</summary>
    private const int Most = 200;

    /// <summary>Scripts under way at a time: while one waits for the disk, the next is on its way.</summary>
    private const int AtATime = 2;

    private readonly ConcurrentQueue<(JobLease Lease, JobOutcome Outcome)> _ended = new();
    private readonly List<Task> _under = [];
    private int _count;
    private volatile bool _lanes;
    private long? _gathering;

    /// <summary>How long to wait for more; null when there is nothing to settle, or no script can be sent now.</summary>
    public TimeSpan? Left => _gathering is { } since && _under.Count < AtATime ? Longest - context.Queues.Clock.Since(since) : null;

    private TimeSpan Longest => _lanes ? LaneGather : Gather;

    /// <summary>A job ran.</summary>
    public void Add(JobLease lease, JobOutcome outcome)
    {
        if (lease.Job.Lane is not null)
        {
            _lanes = true;
        }

        _ended.Enqueue((lease, outcome));
        if (Interlocked.Increment(ref _count) is 1 or Enough)
        {
            wake();
        }
    }

    /// <summary>Whether it is time to settle.</summary>
    /// <param name="idle">Nothing runs that could be waited for.</param>
    public bool IsDue(bool idle)
    {
        if (_ended.IsEmpty)
        {
            _gathering = null;
            return false;
        }

        _gathering ??= context.Queues.Clock.Timestamp();
        return _under.Count < AtATime
            && (idle || Volatile.Read(ref _count) >= Enough || context.Queues.Clock.Since(_gathering.Value) >= Longest);
    }

    /// <summary>Settles what has ended, in the background.</summary>
    public void Begin()
    {
        var ends = new List<(JobLease Lease, JobOutcome Outcome)>();
        _lanes = false;
        while (ends.Count < Most && _ended.TryDequeue(out var end))
        {
            ends.Add(end);
        }

        Interlocked.Add(ref _count, -ends.Count);
        _gathering = null;
        if (ends.Count > 0)
        {
            // The script is sent before this returns, and so before the next claim.
            settling(ends.Count);
            var under = SettleAsync(ends);
            _under.Add(under);

            // Only then is it through for CollectAsync.
            under.ContinueWith(
                static (_, state) => ((Action)state!)(),
                wake,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    /// <summary>Takes note of the scripts that are through; throws what one of them threw.</summary>
    public async Task CollectAsync()
    {
        for (var i = _under.Count - 1; i >= 0; i--)
        {
            if (_under[i].IsCompleted)
            {
                var ended = _under[i];
                _under.RemoveAt(i);
                await ended;
            }
        }
    }

    private async Task SettleAsync(List<(JobLease Lease, JobOutcome Outcome)> ends)
    {
        // What the handler settled itself, or found lost, needs no write.
        TimeSpan? next = null;
        var open = ends.FindAll(e => e.Outcome.Kind != JobOutcomeKind.Settled && !e.Lease.IsEnded);
        while (open.Count > 0)
        {
            (var answered, next) = await TrySettleAsync(open);
            if (answered)
            {
                break;
            }

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

        settled(ends.Count, next);
    }

    private async Task<(bool Answered, TimeSpan? Next)> TrySettleAsync(List<(JobLease Lease, JobOutcome Outcome)> ends)
    {
        try
        {
            var again = ends.FindAll(e => e.Outcome.Kind is JobOutcomeKind.Retry or JobOutcomeKind.GiveBack);
            if (again.Count > 0)
            {
                await queue.TouchAsync(again.Min(e => e.Outcome.Delay), CancellationToken.None);
            }

            var (written, next) = await queue.SettleAsync(ends, CancellationToken.None);
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
                await queue.AnnounceAsync();
            }

            return (true, next);
        }
        catch (StoreUnavailableException e)
        {
            context.Unavailable(e);
            return (false, null);
        }
    }
}
