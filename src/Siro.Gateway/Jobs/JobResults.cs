namespace Siro.Gateway.Jobs;

/// <summary>What became of a write under a lease.</summary>
internal enum JobWrite
{
    Written,

    /// <summary>The lease ended or was taken over, or the job was deleted: nothing changed, and the caller must stop.</summary>
    LeaseLost,
}

/// <summary>What became of a change from outside (a person's retry, an edit, a deletion).</summary>
internal enum JobChange
{
    Changed,

    /// <summary>No such job.</summary>
    NotFound,

    /// <summary>The job is not what the caller expected (another state, another revision, being worked on); nothing changed.</summary>
    Conflict,
}

/// <param name="Job">As it is now; null when not found.</param>
internal sealed record JobChangeResult(JobChange Change, StoredJob? Job);

/// <summary>Which jobs to list; all filters together.</summary>
internal sealed record JobQuery
{
    public string? State { get; init; }

    public string? Client { get; init; }

    /// <summary>Created at or after this moment.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Created before this moment.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary><see cref="JobPage.Cursor"/> of the page before; null for the first.</summary>
    public long? Cursor { get; init; }

    /// <summary>1 to 200.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Oldest first instead of newest first.</summary>
    public bool OldestFirst { get; init; }
}

/// <param name="Cursor">Where the next page starts; null at the end. A page may be short, even empty, and still have a cursor.</param>
internal sealed record JobPage(IReadOnlyList<StoredJob> Jobs, long? Cursor);

/// <summary>How many jobs a queue holds.</summary>
/// <param name="Running">Claimed under a lease that has not ended.</param>
/// <param name="Waiting">Due now or later, or waiting in a lane.</param>
/// <param name="OldestDue">How long the longest waiting due job has been due; zero when none is.</param>
internal sealed record JobCounts(long Total, long Running, long Waiting, TimeSpan OldestDue);
