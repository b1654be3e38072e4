using Siro.Gateway.Store.Leases;

namespace Siro.Gateway.Jobs;

/// <summary>Jobs of one claim in this process's hands, whose leases are renewed together until the last of them has ended.</summary>
internal sealed class JobHold : IAsyncDisposable
{
    private readonly JobQueue _queue;
    private readonly WorkerId _owner;
    private readonly TimeSpan _lease;
    private readonly LeaseOwnership _ownership;
    private readonly List<JobLease> _jobs = [];

    /// <param name="sentAt"><see cref="Store.StoreClock.Timestamp"/> from before the claim was sent.</param>
    internal JobHold(JobQueue queue, WorkerId owner, TimeSpan lease, long sentAt)
    {
        (_queue, _owner, _lease) = (queue, owner, lease);
        _ownership = new LeaseOwnership(queue.Clock, lease, sentAt, RenewAsync);
    }

    /// <summary>Cancelled when the leases were lost or ran out.</summary>
    public CancellationToken Lost => _ownership.Lost;

    /// <summary>All of its jobs have ended.</summary>
    public bool IsOver
    {
        get
        {
            lock (_jobs)
            {
                return _jobs.TrueForAll(j => j.IsEnded);
            }
        }
    }

    public ValueTask DisposeAsync() => _ownership.DisposeAsync();

    internal JobLease Add(StoredJob job)
    {
        var lease = new JobLease(_queue, job, _owner, _lease, _ownership);
        lock (_jobs)
        {
            _jobs.Add(lease);
        }

        return lease;
    }

    private async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        JobLease[] held;
        lock (_jobs)
        {
            held = [.. _jobs.Where(j => j.IsHeld)];
        }

        if (held.Length == 0)
        {
            return true;
        }

        // One that was deleted, or that this process ended a moment ago, is no reason to let go of the others.
        var answer = await _queue.HeartbeatAsync(_owner, _lease, held.Select(j => j.Job), cancellationToken);
        var kept = false;
        for (var i = 0; i < held.Length; i++)
        {
            if ((int)answer[i] == 1)
            {
                kept = true;
            }
            else if (!held[i].IsEnded)
            {
                held[i].Lose();
            }
        }

        return kept || held.All(j => j.IsEnded);
    }
}
