namespace Siro.Gateway.Jobs;

/// <summary>Runs the jobs of a declared kind. One instance for the process; called concurrently.</summary>
internal interface IJobHandler<TData>
    where TData : class
{
    /// <inheritdoc cref="IJobHandler.RunAsync"/>
    Task<JobOutcome> RunAsync(JobClaim<TData> claim, CancellationToken cancellationToken);

    /// <inheritdoc cref="IJobHandler.PrepareAsync"/>
    Task PrepareAsync(string partition, IReadOnlyList<JobId> jobs, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IJobHandler.ComesLast"/>
    bool ComesLast(TData data) => false;

    /// <summary>The partition's limits, where they are not the kind's own; asked before every claim: answer from memory.</summary>
    JobLimits? LimitsFor(string partition) => null;

    /// <inheritdoc cref="IJobHandler.PartitionsAsync"/>
    ValueTask<IReadOnlyCollection<string>> PartitionsAsync(CancellationToken cancellationToken) => new([]);
}

/// <summary>A declared kind's handler as the engine sees it.</summary>
internal sealed class JobHandler<TData>(IJobHandler<TData> handler, JobData<TData> data) : IJobHandler
    where TData : class
{
    public Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken) =>
        handler.RunAsync(new JobClaim<TData>(job, data), cancellationToken);

    public Task PrepareAsync(string partition, IReadOnlyList<StoredJob> jobs, CancellationToken cancellationToken) =>
        handler.PrepareAsync(partition, [.. jobs.Select(j => j.Id)], cancellationToken);

    public bool ComesLast(StoredJob job) => handler.ComesLast(data.Read(job).Data);

    public JobLimits LimitsFor(string partition) => handler.LimitsFor(partition) ?? data.Job.Limits;

    public ValueTask<IReadOnlyCollection<string>> PartitionsAsync(CancellationToken cancellationToken) =>
        handler.PartitionsAsync(cancellationToken);
}
