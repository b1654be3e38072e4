namespace Siro.Gateway.Events;

/// <summary>An event of an organization's log.</summary>
/// <param name="Id">Siro's <c>svix-id</c>, or a stable hash for derived ones.</param>
/// <param name="Number">Its place in the organization's order: microseconds of the store's clock, or one more than the last.</param>
/// <param name="Type">As in the payload's <c>eventType</c>; <c>unknown</c> where there is none.</param>
/// <param name="RecordingId">Null where the payload names none.</param>
/// <param name="Source"><c>siro</c>, <c>webhook</c>, <c>reconciliation</c> or <c>gateway</c>.</param>
/// <param name="Size">Bytes of its bodies.</param>
/// <param name="Body">The bytes that are delivered; empty where they were not asked for.</param>
internal sealed record StoredEvent(
    string Id, long Number, string Type, string? RecordingId, string Source, long Size, ReadOnlyMemory<byte> Body)
{
    /// <summary>When the store took it: what its number says.</summary>
    public DateTimeOffset ReceivedAt => TimeOf(Number);

    /// <summary>The moment of a number.</summary>
    public static DateTimeOffset TimeOf(long number) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(number, 0, 250_000_000_000_000_000) * TimeSpan.TicksPerMicrosecond);

    /// <summary>The first number of a moment.</summary>
    public static long NumberOf(DateTimeOffset moment) =>
        Math.Max(0, (moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
}
