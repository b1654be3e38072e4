namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>The system's clock, set forward or back as an operator or a virtual machine's host does; how long things take stays.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _offset;

    public TimeSpan Offset
    {
        get => new(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
