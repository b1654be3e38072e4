namespace Siro.Gateway.Store;

/// <summary>
/// The clock for waiting on the store: heartbeats, polls, the local end of a lease. It is the machine's own even where
/// the host runs on another <see cref="TimeProvider"/> (tests), because the store lets leases run out in real time.
/// No moment read from it is ever sent to the store; the store's moments come from its own <c>TIME</c>.
/// </summary>
internal sealed class StoreClock(TimeProvider time)
{
    public TimeProvider Time { get; } = time;

    public long Timestamp() => Time.GetTimestamp();

    public TimeSpan Since(long timestamp) => Time.GetElapsedTime(timestamp);

    public Task Delay(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, Time, cancellationToken);
}
