using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_lease_has_one_holder_and_is_free_again_when_released()
    {
        var name = Fresh();
        var held = await Replica.Leases.TryAcquireAsync(name, LongLease, Cancelled);
        Assert.NotNull(held);
        Assert.True(held.IsHeld);
        Assert.Null(await Replica.Leases.TryAcquireAsync(name, LongLease, Cancelled));
        await held.DisposeAsync();
        Assert.False(held.IsHeld);

        await using var next = await Replica.Leases.TryAcquireAsync(name, LongLease, Cancelled);
        Assert.NotNull(next);
        Assert.True(next.Fence > held.Fence, $"{next.Fence} must be above {held.Fence}");
    }

    [Fact]
    public async Task A_lease_outlives_its_time_as_long_as_its_holder_lives()
    {
        await using var held = await Replica.Leases.TryAcquireAsync(Fresh(), AmpleLease, Cancelled);
        Assert.NotNull(held);
        await Task.Delay(AmpleLease * 1.25, TimeProvider.System, Cancelled);
        Assert.True(held.IsHeld);
        Assert.Null(await Replica.Leases.TryAcquireAsync(held.Name, ShortLease, Cancelled));
        Assert.True(await held.RenewAsync(Cancelled));
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_is_lost_before_another_gets_it()
    {
        // A replica whose timers stand still, as if it were paused; the test moves its clock by hand.
        await using var stopped = new StoreHarness(_fixture.Server.Configuration, time: new StoppedTimers());
        var name = Fresh();
        var late = await stopped.Leases.TryAcquireAsync(name, ShortLease, Cancelled);
        Assert.NotNull(late);
        var next = await Until.GetAsync(
            async () =>
            {
                var wasHeld = late.IsHeld;
                var taken = await Replica.Leases.TryAcquireAsync(name, LongLease, Cancelled);
                Assert.False(taken is not null && late.IsHeld, "two holders at once");
                Assert.True(wasHeld || taken is not null || !late.IsHeld);
                return taken;
            },
            "the lease is taken over");
        Assert.True(next.Fence > late.Fence);
        Assert.Throws<OperationCanceledException>(late.ThrowIfLost);
        Assert.False(await late.RenewAsync(Cancelled));
        Assert.True(late.Lost.IsCancellationRequested);

        // The late holder's release must not free the other's lease.
        await late.DisposeAsync();
        Assert.Null(await Replica.Leases.TryAcquireAsync(name, LongLease, Cancelled));
        await next.DisposeAsync();
    }

    [Fact]
    public async Task A_notice_reaches_every_replica()
    {
        await using var other = new StoreHarness(_fixture.Server.Configuration);
        var channel = Fresh();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var mine = Replica.Notices.Subscribe(channel, payload => heard.Enqueue("mine " + payload));
        using var others = other.Notices.Subscribe(channel, payload => heard.Enqueue("other " + payload));
        using var another = other.Notices.Subscribe(channel, payload => heard.Enqueue("another " + payload));
        await Until.TrueAsync(
            async () =>
            {
                await other.Notices.PublishAsync(channel, "hello");
                return heard.Contains("mine hello") && heard.Contains("other hello") && heard.Contains("another hello");
            },
            "all three have heard");
    }

    /// <summary>Real time, but no timer ever fires: what a paused process looks like from inside.</summary>
    internal sealed class StoppedTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
