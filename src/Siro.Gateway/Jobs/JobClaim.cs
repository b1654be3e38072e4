namespace Siro.Gateway.Jobs;

/// <summary>
/// A claimed job in its handler's hands: its data, checkpoints, and the ways to end. What it writes are the fields that differ from what is
/// stored, so repeating a write that failed is safe (<see cref="JobLease"/>).
/// </summary>
internal sealed class JobClaim<TData>(JobLease lease, JobData<TData> data)
    where TData : class
{
    /// <summary>As it was claimed, with what <see cref="SaveAsync"/> has written since.</summary>
    public StoredJob<TData> Job { get; private set; } = data.Read(lease.Job);

    public TData Data => Job.Data;

    public string State => Job.State;

    /// <summary>Names the partition: an organization, as a rule.</summary>
    public string Partition => Job.Partition;

    /// <summary>Whether it is certainly still this process's: look before every effect that must not happen twice.</summary>
    public bool IsHeld => lease.IsHeld;

    /// <summary>A checkpoint, kept when it returns, and the lease renewed. Write it before an effect that must not be repeated.</summary>
    /// <param name="state">Null keeps the state.</param>
    /// <param name="changed">Null keeps the data.</param>
    public async Task<JobWrite> SaveAsync(string? state, TData? changed, CancellationToken cancellationToken)
    {
        var written = await lease.SaveAsync(state, Changes(changed), cancellationToken);
        if (written == JobWrite.Written)
        {
            Job = new StoredJob<TData>(lease.Job, changed ?? Data);
        }

        return written;
    }

    /// <summary>Finished well.</summary>
    public JobOutcome Done(string state, TData? changed = null, TimeSpan? keepFor = null) =>
        JobOutcome.Done(state, Changes(changed), keepFor);

    /// <summary>Finished badly, and for good.</summary>
    public JobOutcome Failed(string state, TData? changed = null, TimeSpan? keepFor = null) =>
        JobOutcome.Failed(state, Changes(changed), keepFor);

    /// <summary>Stopped until somebody resumes it; its lane goes on without it.</summary>
    public JobOutcome Park(string state, TData? changed = null, TimeSpan? keepFor = null) =>
        JobOutcome.Park(state, Changes(changed), keepFor);

    /// <summary>Again, after a while; it keeps its place at the head of its lane.</summary>
    public JobOutcome RetryAfter(TimeSpan delay, string? state = null, TData? changed = null) =>
        JobOutcome.RetryAfter(delay, state, Changes(changed));

    /// <summary>Again on the schedule of its kind, or failed for good when that is at its end.</summary>
    /// <param name="failures">How many tries have failed, this one included.</param>
    public JobOutcome RetryOrFail(int failures, string retrying, string failed, TData? changed = null) =>
        data.Job.Retries?.After(failures) is { } pause ? RetryAfter(pause, retrying, changed) : Failed(failed, changed);

    /// <summary>The same outcome with further changes of the data.</summary>
    public JobOutcome Also(JobOutcome outcome, TData changed) =>
        Changes(changed).Aggregate(outcome, (all, change) => all.With(change.Key, change.Value));

    private Dictionary<string, string?> Changes(TData? changed) => data.Changes(Job.Id, Data, changed);
}
