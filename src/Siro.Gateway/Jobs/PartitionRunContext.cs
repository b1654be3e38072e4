using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>What a <see cref="PartitionRun"/> needs of the dispatcher that started it.</summary>
internal sealed record PartitionRunContext(
    JobKind Kind, WorkerId Owner, IJobHandler Handler, JobWorkerOptions Options, JobQueues Queues, JobRunner Runner, JobMetrics Metrics,
    JobSlots Slots, StoreBackoff Backoff, CancellationToken Stopping, CancellationToken Abort)
{
    /// <summary>The number of the next claim of a partition; the same until it was answered.</summary>
    public required Func<string, long> Sequence { get; init; }

    /// <summary>A claim of this partition was answered.</summary>
    public required Action<string> Answered { get; init; }

    /// <summary>Something is due in a while that no notice will tell of.</summary>
    public required Action<TimeSpan> PollIn { get; init; }

    /// <summary>Places were given back.</summary>
    public required Action Freed { get; init; }

    /// <summary>The store does not answer.</summary>
    public required Action<StoreUnavailableException> Unavailable { get; init; }
}
