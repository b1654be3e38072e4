namespace Siro.Gateway.Events;

/// <summary>What to list of the log; numbers are inclusive.</summary>
internal sealed record EventQuery
{
    public long From { get; init; }

    public long To { get; init; } = long.MaxValue;

    public bool OldestFirst { get; init; }

    public string? Type { get; init; }

    public string? RecordingId { get; init; }

    /// <summary>What the body has to hold, whatever the case of its ASCII letters.</summary>
    public string? Text { get; init; }

    public int Limit { get; init; } = 50;

    /// <summary>Most events looked at in one step.</summary>
    public int ScanLimit { get; init; } = 500;

    public bool WithBodies { get; init; }

    /// <summary>They are about to be delivered by this replica: with their bodies, they stay in memory for a moment.</summary>
    public bool ForDelivery { get; init; }
}

/// <summary>A page of the log.</summary>
/// <param name="Last">Number of the last event that was looked at, 0 for none.</param>
/// <param name="More">There may be more behind it.</param>
internal sealed record EventPage(IReadOnlyList<StoredEvent> Events, long Last, bool More);
