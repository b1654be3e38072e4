using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>A job to be stored.</summary>
/// <param name="Id">The same id in the same queue is the same job: enqueueing it again changes nothing.</param>
internal sealed record NewJob<TData>(JobId Id, TData Data)
    where TData : class
{
    /// <summary>Null: the kind's first one.</summary>
    public string? State { get; init; }

    /// <inheritdoc cref="JobSpec.Client"/>
    public string? Client { get; init; }

    /// <inheritdoc cref="JobSpec.Lane"/>
    public string? Lane { get; init; }

    /// <inheritdoc cref="JobSpec.KeepFor"/>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(7);

    /// <inheritdoc cref="JobSpec.RememberFor"/>
    public TimeSpan RememberFor { get; init; }
}

/// <summary>
/// One queue of a declared kind of job: <see cref="JobQueue"/> with the kind's data instead of fields. Throws what that throws.
/// </summary>
internal sealed class JobQueue<TData>(JobQueue queue, JobData<TData> data)
    where TData : class
{
    /// <inheritdoc cref="JobQueue.EnqueueAsync"/>
    public async Task<EnqueueResult<TData>> EnqueueAsync(NewJob<TData> job, OperationId? operation, CancellationToken cancellationToken)
    {
        var enqueued = await queue.EnqueueAsync(Spec(job), operation, cancellationToken);
        return new EnqueueResult<TData>(enqueued.Status, Read(enqueued.Job), null);
    }

    /// <inheritdoc cref="JobQueue.EnqueueClaimedAsync"/>
    public async Task<EnqueueResult<TData>> EnqueueClaimedAsync(
        NewJob<TData> job, WorkerId owner, TimeSpan lease, OperationId? operation, CancellationToken cancellationToken)
    {
        var enqueued = await queue.EnqueueClaimedAsync(Spec(job), owner, lease, operation, cancellationToken);
        return new EnqueueResult<TData>(enqueued.Status, Read(enqueued.Job), enqueued.Lease);
    }

    /// <inheritdoc cref="JobQueue.PutManyAsync"/>
    public Task<int> PutManyAsync(IEnumerable<NewJob<TData>> jobs, CancellationToken cancellationToken) =>
        queue.PutManyAsync([.. jobs.Select(Spec)], cancellationToken);

    /// <summary>The job, or null.</summary>
    public async Task<StoredJob<TData>?> FindAsync(JobId id, CancellationToken cancellationToken) =>
        Read(await queue.FindAsync(id, cancellationToken));

    public async Task<JobPage<TData>> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        var page = await queue.ListAsync(query, cancellationToken);
        return new JobPage<TData>([.. page.Jobs.Select(data.Read)], page.Cursor);
    }

    /// <summary>
    /// Makes a job that is parked or finished run again. Conflict unless it still is in its state; it does not return to its lane.
    /// </summary>
    /// <param name="job">As it was read.</param>
    /// <param name="changed">Null keeps the data.</param>
    public async Task<JobChangeResult<TData>> ResumeAsync(
        StoredJob<TData> job, string state, TData? changed, CancellationToken cancellationToken, TimeSpan delay = default) =>
        Changed(await queue.ResumeAsync(
            job.Id, job.State, state, delay, data.Changes(job.Id, job.Data, changed), queue.Operation(null), cancellationToken));

    /// <summary>Makes a job due that waits for its moment; conflict unless it still is in its state, and where it is due already.</summary>
    /// <param name="job">As it was read.</param>
    public async Task<JobChange> MakeDueAsync(StoredJob<TData> job, CancellationToken cancellationToken) =>
        (await queue.MakeDueAsync([job.Id], job.State, behind: false, queue.Operation(null), cancellationToken))[0];

    /// <summary>Makes jobs due that wait for their moment, behind what is due by itself (<see cref="JobQueue.MakeDueAsync"/>).</summary>
    /// <returns>How many jobs wait behind the others now.</returns>
    public async Task<long> MakeDueManyAsync(
        string name, string expectedState, IEnumerable<JobId> ids, CancellationToken cancellationToken)
    {
        await queue.MakeDueAsync([.. ids], expectedState, behind: true, new OperationId(name), cancellationToken);
        return await queue.CountBehindAsync(cancellationToken);
    }

    /// <summary>
    /// Changes the data of a job that nobody is working on; conflict while it is running, or when it is not any more as it was read.
    /// </summary>
    public async Task<JobChangeResult<TData>> EditAsync(StoredJob<TData> job, TData changed, CancellationToken cancellationToken) =>
        Changed(await queue.EditAsync(
            job.Id, job.Revision, data.Changes(job.Id, job.Data, changed), queue.Operation(null), cancellationToken));

    /// <summary>Removes a job if it is in its state still.</summary>
    public Task<JobChange> DeleteAsync(StoredJob<TData> job, CancellationToken cancellationToken) =>
        queue.DeleteAsync(job.Id, job.State, queue.Operation(null), cancellationToken);

    /// <summary>Makes jobs due again that have ended, and those that are not there anew (<see cref="JobQueue.RepeatManyAsync"/>).</summary>
    /// <param name="fields">To set in those that are there, as the kind's format names them.</param>
    public Task<long> RepeatManyAsync(
        string name, string? expectedState, IReadOnlyDictionary<string, string> fields, IEnumerable<NewJob<TData>> jobs,
        CancellationToken cancellationToken) =>
        queue.RepeatManyAsync(name, data.Job.States.First, expectedState, fields, [.. jobs.Select(Spec)], cancellationToken);

    /// <summary>The same for those alone that are there.</summary>
    public Task<long> RepeatManyAsync(
        string name, string? expectedState, IReadOnlyDictionary<string, string> fields, IEnumerable<JobId> jobs,
        CancellationToken cancellationToken) =>
        queue.RepeatManyAsync(
            name,
            data.Job.States.First,
            expectedState,
            fields,
            [.. jobs.Select(id => new JobSpec { Id = id, State = data.Job.States.First })],
            cancellationToken);

    /// <inheritdoc cref="JobQueue.CountStatesAsync"/>
    public Task<long[]> CountStatesAsync(IReadOnlyList<string> states, CancellationToken cancellationToken) =>
        queue.CountStatesAsync(states, cancellationToken);

    /// <inheritdoc cref="JobQueue.CountOfStateAsync"/>
    public Task<long> CountOfStateAsync(string state, CancellationToken cancellationToken) =>
        queue.CountOfStateAsync(state, cancellationToken);

    /// <inheritdoc cref="JobQueue.CountBehindAsync"/>
    public Task<long> CountBehindAsync(CancellationToken cancellationToken) => queue.CountBehindAsync(cancellationToken);

    /// <inheritdoc cref="JobQueue.IsWorkedOffHere"/>
    public bool IsWorkedOffHere => queue.IsWorkedOffHere;

    public Task<JobCounts> CountAsync(CancellationToken cancellationToken) => queue.CountAsync(cancellationToken);

    /// <inheritdoc cref="JobQueue.WakeAsync"/>
    public Task WakeAsync(CancellationToken cancellationToken) => queue.WakeAsync(cancellationToken);

    private JobSpec Spec(NewJob<TData> job) => new()
    {
        Id = job.Id,
        State = job.State ?? data.Job.States.First,
        Fields = data.Fields(job.Id, job.Data),
        Client = job.Client,
        Lane = job.Lane,
        KeepFor = job.KeepFor,
        RememberFor = job.RememberFor,
    };

    private StoredJob<TData>? Read(StoredJob? stored) => stored is null ? null : data.Read(stored);

    private JobChangeResult<TData> Changed(JobChangeResult result) => new(result.Change, Read(result.Job));
}

/// <param name="Job">The stored job, old or new; null when only its id is remembered.</param>
/// <param name="Lease">Held where it was asked for and the job was created by this operation; dispose it.</param>
internal sealed record EnqueueResult<TData>(EnqueueStatus Status, StoredJob<TData>? Job, JobLease? Lease)
    where TData : class;

/// <inheritdoc cref="JobPage"/>
internal sealed record JobPage<TData>(IReadOnlyList<StoredJob<TData>> Jobs, long? Cursor)
    where TData : class;

/// <inheritdoc cref="JobChangeResult"/>
internal sealed record JobChangeResult<TData>(JobChange Change, StoredJob<TData>? Job)
    where TData : class;
