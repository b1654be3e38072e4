namespace Siro.Gateway.Tests;

public class TestClockTests
{
    [Fact]
    public async Task A_delay_ends_when_the_clock_is_moved_past_it()
    {
        var clock = new TestClock();
        var delay = Task.Delay(TimeSpan.FromMinutes(5), clock, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMinutes(4.9));
        Assert.False(delay.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(0.1));
        await delay;
        Assert.Equal(0, clock.WaitingTimers);
    }

    [Fact]
    public void Timers_fire_in_their_order_and_each_sees_its_own_moment()
    {
        var clock = new TestClock();
        var seen = new List<(string Name, TimeSpan At)>();
        var start = clock.GetTimestamp();
        using var second = clock.CreateTimer(_ => seen.Add(("second", clock.GetElapsedTime(start))), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var periodic = clock.CreateTimer(_ => seen.Add(("periodic", clock.GetElapsedTime(start))), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("periodic", TimeSpan.FromSeconds(2)), ("second", TimeSpan.FromSeconds(3)), ("periodic", TimeSpan.FromSeconds(4))], seen);
    }

    [Fact]
    public async Task A_test_can_wait_until_the_code_waits()
    {
        var clock = new TestClock();
        var waiting = clock.UntilWaitingAsync(1, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), clock);
        await waiting;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(source.IsCancellationRequested);
    }
}
