using Siro.Gateway.Store;
using Siro.Gateway.Store.Leases;

namespace Siro.Gateway.Tests.Store;

public sealed class LeaseOwnershipTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    private readonly WatchedClock _time = new();

    [Fact]
    public async Task Without_a_renewal_it_is_lost_a_tenth_before_the_store_lets_another_in()
    {
        var clock = new StoreClock(_time);
        await using var ownership = new LeaseOwnership(clock, Ttl, clock.Timestamp(), _ => throw new StoreUnavailableException("away"));
        _time.Advance(TimeSpan.FromSeconds(8.9));
        Assert.True(ownership.IsHeld);
        Assert.False(ownership.Lost.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(ownership.IsHeld);
        Assert.True(ownership.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Its_time_counts_from_before_the_claim_was_sent()
    {
        var clock = new StoreClock(_time);
        var sentAt = clock.Timestamp();
        _time.Advance(TimeSpan.FromSeconds(5));
        await using var ownership = new LeaseOwnership(clock, Ttl, sentAt, _ => throw new StoreUnavailableException("away"));
        _time.Advance(TimeSpan.FromSeconds(4.1));
        Assert.False(ownership.IsHeld);
    }

    [Fact]
    public async Task What_is_lost_never_comes_back()
    {
        var clock = new StoreClock(_time);
        await using var ownership = new LeaseOwnership(clock, Ttl, clock.Timestamp(), _ => throw new StoreUnavailableException("away"));
        _time.Advance(Ttl);
        ownership.Confirm(clock.Timestamp());
        Assert.False(ownership.IsHeld);
    }

    [Fact]
    public async Task A_renewal_that_is_refused_loses_it_at_once()
    {
        var clock = new StoreClock(_time);
        await using var ownership = new LeaseOwnership(clock, Ttl, clock.Timestamp(), _ => Task.FromResult(false));
        var lost = new TaskCompletionSource();
        await using var registration = ownership.Lost.Register(lost.SetResult);
        while (_time.WaitingTimers < 2)
        {
            await Task.Yield();
        }

        _time.Advance(TimeSpan.FromSeconds(3.5));
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(ownership.IsHeld);
    }
}
