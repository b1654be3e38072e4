namespace Siro.Gateway.Jobs;

/// <summary>A job to be stored.</summary>
internal sealed record JobSpec
{
    /// <summary>The same id in the same queue is the same job: enqueueing it again changes nothing.</summary>
    public required JobId Id { get; init; }

    /// <summary>The feature's own state word, also an index for lists; few different ones per kind.</summary>
    public required string State { get; init; }

    /// <summary>The feature's fields. Small; everything large belongs into <see cref="Body"/>. No secrets in clear.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Bytes beside the fields, read only with <see cref="JobQueue.ReadBodyAsync"/>. Up to some MB.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>When it is due, counted from the store's now (a replica's clock may be wrong). Zero: at once.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The client it belongs to, an index for lists.</summary>
    public string? Client { get; init; }

    /// <summary>
    /// Jobs of one lane run one after another in the order they were enqueued: the next becomes due only when the one
    /// before is done, failed, parked or deleted.
    /// </summary>
    public string? Lane { get; init; }

    /// <summary>How long it is kept once it is done, failed or parked, unless the outcome says otherwise.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long its id is still remembered after it was removed by age: enqueueing it again is then refused.</summary>
    public TimeSpan RememberFor { get; init; }
}

/// <summary>What became of an enqueue.</summary>
internal enum EnqueueStatus
{
    /// <summary>Stored by this operation (also when the operation was repeated).</summary>
    Created,

    /// <summary>There was a job of this id already; nothing changed.</summary>
    Exists,

    /// <summary>A job of this id was there once and is remembered (<see cref="JobSpec.RememberFor"/>); nothing changed.</summary>
    Remembered,
}

/// <param name="Job">The stored job, old or new; null when only its id is remembered.</param>
internal sealed record EnqueueResult(EnqueueStatus Status, StoredJob? Job);

/// <param name="Lease">Held when the job was created by this operation; dispose it.</param>
internal sealed record EnqueueClaimedResult(EnqueueStatus Status, StoredJob? Job, JobLease? Lease);
