namespace Siro.Gateway.Jobs;

/// <summary>How a run takes jobs in the moment in which they are stored.</summary>
internal sealed partial class PartitionRun
{
    /// <summary>
    /// Room for jobs that are about to be stored: the run takes them in the same step, without a claim. Where it is just working off
    /// others, it is waited for a little. Null when there is none, or what is due already comes first. Must be followed by
    /// <see cref="JobRoom.End"/>.
    /// </summary>
    public async Task<JobRoom?> ReserveAsync(int wanted, CancellationToken cancellationToken)
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
                var room = _places + _ahead - _inHand - _claiming;
                if (!_backlog && room >= Math.Min(wanted, _ahead / 2))
                {
                    var held = Held;
                    var most = Math.Min(wanted, room);
                    _inHand += most;
                    _reserved += most;
                    return new JobRoom(Take, _context.Owner, _context.Options.Lease, most, held, limits.Concurrency);
                }

                if (_settledAt is not { } at || _context.Queues.Clock.Since(at) >= RoomWait)
                {
                    return null;
                }
            }

            var left = RoomWait - _context.Queues.Clock.Since(since);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await _room.WaitAsync(left, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends a reservation: with the jobs that were taken and their hold, or with none.</summary>
    private void Take(JobRoom room, IReadOnlyList<JobLease> jobs, JobHold? hold)
    {
        CancellationTokenSource? stop = null;
        lock (_gate)
        {
            _reserved -= room.Most;
            _inHand -= room.Most - jobs.Count;
            _backlog |= jobs.Count < room.Most;
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
                _ready.Enqueue((job, stop.Token));
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
