using System.Diagnostics.CodeAnalysis;

namespace Siro.Gateway.Jobs;

/// <summary>A stored job as it was when it was read.</summary>
internal record StoredJob
{
    public required JobKind Kind { get; init; }

    public required string Partition { get; init; }

    public required JobId Id { get; init; }

    /// <summary>The feature's own state word.</summary>
    public required string State { get; init; }

    public required JobPhase Phase { get; init; }

    /// <summary>How often it has been claimed, this time included.</summary>
    public required int Attempt { get; init; }

    /// <summary>Grows with every write; see <see cref="JobQueue.EditAsync"/>.</summary>
    public required long Revision { get; init; }

    /// <summary>Number of the current or last claim. Larger for every later claim of the queue.</summary>
    public required long Fence { get; init; }

    /// <summary>
    /// Place in the queue's order of creation; also the cursor of lists. Roughly comparable between queues (the store's clock).
    /// </summary>
    public required long Position { get; init; }

    /// <summary>By the store's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By the store's clock.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it runs next; for a running job the end of its lease; null once it is finished or parked.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public string? Client { get; init; }

    public string? Lane { get; init; }

    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>A field's value, or null.</summary>
    public string? this[string field] => Fields.GetValueOrDefault(field);
}

/// <summary>The same with its data as its feature knows it.</summary>
internal sealed record StoredJob<TData> : StoredJob
    where TData : class
{
    [SetsRequiredMembers]
    public StoredJob(StoredJob stored, TData data)
        : base(stored) => Data = data;

    public TData Data { get; }
}

/// <summary>Where the engine has a job.</summary>
internal enum JobPhase
{
    /// <summary>Waits for its moment, or for its turn in its lane.</summary>
    Queued,

    /// <summary>Claimed. With an ended lease it waits to be taken over.</summary>
    Running,

    /// <summary>Done or failed; kept for lists until its retention ends.</summary>
    Finished,

    /// <summary>Stopped until somebody resumes it (<c>uncertain</c>, a dead letter); kept until its retention ends.</summary>
    Parked,
}
