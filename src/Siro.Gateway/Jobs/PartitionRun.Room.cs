using System.Collections.Concurrent;

namespace Siro.Gateway.Jobs;

/// <summary>How a run takes jobs in the moment in which they are stored.</summary>
internal sealed partial class PartitionRun
{
    /// <summary>
    /// Room for jobs that are about to be stored: the run takes them in the same step, without a claim. Where it is just working off
    /// others, it is waited for a little. Null when there is none, or what is due already comes first. Must be followed by
    /// <see cref="JobRoom.End"/>.
    /// </summary>
    public Task<JobRoom?> ReserveAsync(int wanted, CancellationToken cancellationToken) =>
        ReserveAsync(wanted, behind: false, RoomWait, cancellationToken);

    /// <summary>
    /// The same for jobs that come last: a part of the room stays free of them, and they wait for longer, as long as the run ends some.
    /// </summary>
    public Task<JobRoom?> ReserveBehindAsync(int wanted, CancellationToken cancellationToken) =>
        ReserveAsync(wanted, behind: true, BehindWait, cancellationToken);

    private async Task<JobRoom?> ReserveAsync(int wanted, bool behind, TimeSpan most, CancellationToken cancellationToken)
    {
        var limits = _context.Handler.LimitsFor(_partition);
        if (limits.RatePerSecond is not null || limits.Paused)
        {
            return null;
        }

        var places = Wanted(limits);
        Fit(places);
        var since = _context.Queues.Clock.Timestamp();
        while (true)
        {
            lock (_gate)
            {
                if (_over || !_claims || _places == 0 || _context.Stopping.IsCancellationRequested)
                {
                    return null;
                }

                // Where none has ended for a while, few are taken, as in a claim.
                _ahead = _settledAt is { } last && _context.Queues.Clock.Since(last) < Quiet ? Math.Max(_ahead, Ahead(places)) : 2 * places;
                var room = _places + _ahead - _inHand - _claiming - (behind ? _ahead / 4 : 0);
                if (!_backlog && room > 0 && room >= Math.Min(wanted, _ahead / (behind ? 4 : 2)))
                {
                    var held = Held;
                    var taken = Math.Min(wanted, room);
                    _inHand += taken;
                    _reserved += taken;
                    return new JobRoom(
                        (ended, jobs, hold, more) => Take(ended, jobs, hold, more, behind ? _last : _ready), _context.Owner,
                        _context.Options.Lease, taken, held, limits.Concurrency);
                }

                if (_settledAt is not { } at || _context.Queues.Clock.Since(at) >= RoomWait)
                {
                    return null;
                }
            }

            var left = most - _context.Queues.Clock.Since(since);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await _room.WaitAsync(left < RoomWait ? left : RoomWait, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends a reservation: with the jobs that were taken and their hold, or with none.</summary>
    private void Take(
        JobRoom room,
        IReadOnlyList<JobLease> jobs,
        JobHold? hold,
        bool more,
        ConcurrentQueue<(JobLease Lease, CancellationToken Stop)> queue)
    {
        CancellationTokenSource? stop = null;
        lock (_gate)
        {
            _reserved -= room.Most;
            _inHand -= room.Most - jobs.Count;
            _backlog |= more;
            if (hold is not null && !_over)
            {
                stop = CancellationTokenSource.CreateLinkedTokenSource(hold.Lost, _context.Abort);
                _holds.Add((hold, stop));
            }
        }

        if (stop is not null)
        {
            foreach (var job in jobs)
            {
                queue.Enqueue((job, stop.Token));
            }

            _context.Metrics.Claimed(_context.Kind, jobs.Count, TimeSpan.Zero);
            Start();
        }
        else if (hold is not null)
        {
            // The run broke down meanwhile: whoever comes when the leases end has them.
            _ = hold.DisposeAsync().AsTask();
        }

        _signal.Set();
    }
}
