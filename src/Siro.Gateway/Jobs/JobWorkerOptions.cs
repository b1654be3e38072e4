namespace Siro.Gateway.Jobs;

/// <summary>How a kind's jobs are worked off in this process.</summary>
internal sealed class JobWorkerOptions
{
    /// <summary>Most jobs running at a time in this process, 1 to 1000.</summary>
    public int Concurrency { get; set; } = 16;

    /// <summary>
    /// Most jobs of one partition running at a time in this process. A partition gets at most half of the free places anyway, but always
    /// one.
    /// </summary>
    public int PartitionConcurrency { get; set; } = 8;

    /// <summary>
    /// Most jobs of a partition that are claimed ahead and settled together, 0 to 500. Zero: each job is claimed for itself when there is a
    /// place for it. For many short jobs; each is claimed a while before it begins, and ends a few milliseconds after it has.
    /// </summary>
    public int Batch { get; set; }

    /// <summary>How long a claim outlives its process: 1 s to 10 min. Renewed at a third of it.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest time without looking for due work, for when a notice is lost.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each known partition is checked for missed work, by whichever replica comes first.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long running jobs may go on at shutdown before they are cancelled and given back.</summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A job whose handler threw this often in a row is parked as <see cref="CrashedState"/>. 1 to 1000.</summary>
    public int CrashLimit { get; set; } = 20;

    /// <summary>The state word of a job that was parked because its handler kept throwing.</summary>
    public string CrashedState { get; set; } = "failed";

    /// <summary>How long it is kept then; null as long as a finished one.</summary>
    public TimeSpan? CrashedKeepFor { get; set; }

    /// <summary>The same, with no longer <see cref="Drain"/> than this.</summary>
    public JobWorkerOptions Within(TimeSpan? drain)
    {
        Drain = drain ?? Drain;
        return this;
    }
}
