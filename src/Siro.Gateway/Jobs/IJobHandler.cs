namespace Siro.Gateway.Jobs;

/// <summary>Runs the jobs of one kind. One instance for the process; called concurrently.</summary>
internal interface IJobHandler
{
    /// <summary>
    /// Runs one job. The job may have been run before, in part or in whole, by a process that died:
    /// what must not happen twice is marked with <see cref="JobLease.SaveAsync"/> before it is done.
    /// An exception is logged and retried with a growing pause.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the lease is lost and when the process must stop; a job cancelled by shutdown is
    /// given back.</param>
    Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken);

    /// <summary>
    /// Jobs that were claimed together and are about to be run (<see cref="JobWorkerOptions.Batch"/>): what all of them need can be read at
    /// once. May throw what <see cref="RunAsync"/> may; each job is run all the same.
    /// </summary>
    Task PrepareAsync(string partition, IReadOnlyList<StoredJob> jobs, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Whether the job comes after all others that were claimed (<see cref="JobWorkerOptions.Batch"/>): what is repeated in large numbers
    /// lets what has just happened go first.
    /// </summary>
    bool ComesLast(StoredJob job) => false;

    /// <summary>The partition's limits, asked before every claim: answer from memory.</summary>
    JobLimits LimitsFor(string partition) => JobLimits.None;

    /// <summary>
    /// Partitions that ought to be known (all subscriptions, say), asked at every sweep: what the store forgot is found
    /// again. Partitions in which something was enqueued are known anyway.
    /// </summary>
    ValueTask<IReadOnlyCollection<string>> PartitionsAsync(CancellationToken cancellationToken) => new([]);
}

/// <summary>What a partition may use, over the whole fleet, by the store's clock.</summary>
/// <param name="Concurrency">Most jobs claimed at a time; null: no limit.</param>
/// <param name="RatePerSecond">Most claims in any second (0.001 to 1000); below 1 it stretches: 0.1 is one in any ten seconds. Null: no
/// limit.</param>
/// <param name="Paused">Nothing is claimed; call <see cref="JobQueue.WakeAsync"/> when that ends.</param>
internal readonly record struct JobLimits(int? Concurrency = null, double? RatePerSecond = null, bool Paused = false)
{
    public static JobLimits None => default;
}
