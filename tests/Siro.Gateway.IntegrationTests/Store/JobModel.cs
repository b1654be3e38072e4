using Siro.Gateway.Jobs;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>What a queue of jobs should be: the engine's promises in a few lines, without a store. Time is what the test says.</summary>
internal sealed class JobModel
{
    private readonly Dictionary<string, Entry> _jobs = new(StringComparer.Ordinal);
    private long _position;

    public IReadOnlyDictionary<string, Entry> Jobs => _jobs;

    /// <summary>Due and first of their lane, or taken by somebody whose lease has ended.</summary>
    public IEnumerable<string> Claimable => _jobs.Values.Where(IsClaimable).Select(j => j.Id);

    public EnqueueStatus Enqueue(string id, string? lane, bool later)
    {
        if (_jobs.ContainsKey(id))
        {
            return EnqueueStatus.Exists;
        }

        _jobs[id] = new Entry { Id = id, Lane = lane, Later = later, Position = ++_position };
        return EnqueueStatus.Created;
    }

    public void Claim(string id, object lease)
    {
        var job = _jobs[id];
        job.Phase = JobPhase.Running;
        job.Expired = false;
        job.Lease = lease;
        job.Attempt++;
    }

    /// <summary>The lease's time is over: its owner was killed, or stands still.</summary>
    public void Expire(string id) => _jobs[id].Expired = true;

    public JobWrite Save(string id, object lease, string state)
    {
        if (!_jobs.TryGetValue(id, out var job) || job.Phase != JobPhase.Running || job.Lease != lease || job.Expired)
        {
            return JobWrite.LeaseLost;
        }

        job.State = state;
        return JobWrite.Written;
    }

    /// <summary>An end that was written is known again until another claim has ended.</summary>
    public JobWrite End(string id, object lease, JobEnd end, string state)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return JobWrite.LeaseLost;
        }

        if (job.EndedBy == lease)
        {
            return JobWrite.Written;
        }

        if (job.Phase != JobPhase.Running || job.Lease != lease)
        {
            return JobWrite.LeaseLost;
        }

        job.EndedBy = lease;
        (job.Phase, job.Later) = end switch
        {
            JobEnd.Complete => (JobPhase.Finished, false),
            JobEnd.Park => (JobPhase.Parked, false),
            JobEnd.RetryLater => (JobPhase.Queued, true),
            _ => (JobPhase.Queued, false),
        };
        job.State = end == JobEnd.GiveBack ? job.State : state;
        job.Attempt -= end == JobEnd.GiveBack ? 1 : 0;
        job.HasLeftLane |= end is JobEnd.Complete or JobEnd.Park;
        return JobWrite.Written;
    }

    public JobChange Resume(string id, string expectedState, string state)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return JobChange.NotFound;
        }

        if (job.Phase is not (JobPhase.Finished or JobPhase.Parked) || job.State != expectedState)
        {
            return JobChange.Conflict;
        }

        (job.Phase, job.State, job.Attempt, job.Later) = (JobPhase.Queued, state, 0, false);
        return JobChange.Changed;
    }

    public JobChange Delete(string id) => _jobs.Remove(id) ? JobChange.Changed : JobChange.NotFound;

    private static bool IsBefore(Entry other, Entry job) =>
        other.Lane == job.Lane && !other.HasLeftLane && other.Position < job.Position;

    private bool IsClaimable(Entry job) => job.Phase switch
    {
        JobPhase.Running => job.Expired,
        JobPhase.Queued => !job.Later && (job.Lane is null || job.HasLeftLane || !_jobs.Values.Any(o => IsBefore(o, job))),
        _ => false,
    };

    /// <summary>One job.</summary>
    internal sealed class Entry
    {
        public required string Id { get; init; }

        public required string? Lane { get; init; }

        public required long Position { get; init; }

        /// <summary>Due in an hour, which does not pass.</summary>
        public bool Later { get; set; }

        public JobPhase Phase { get; set; } = JobPhase.Queued;

        public string State { get; set; } = "new";

        public int Attempt { get; set; }

        public bool HasLeftLane { get; set; }

        public bool Expired { get; set; }

        public object? Lease { get; set; }

        public object? EndedBy { get; set; }
    }
}

/// <summary>How a claim ends.</summary>
internal enum JobEnd
{
    Complete,
    Park,
    Retry,
    RetryLater,
    GiveBack,
}
