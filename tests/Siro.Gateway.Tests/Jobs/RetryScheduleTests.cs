using Siro.Gateway.Jobs;

namespace Siro.Gateway.Tests.Jobs;

public sealed class RetryScheduleTests
{
    [Fact]
    public void There_is_a_pause_for_each_retry_and_none_after_the_last()
    {
        var schedule = new RetrySchedule(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.After(1));
        Assert.Equal(TimeSpan.FromSeconds(30), schedule.After(2));
        Assert.Null(schedule.After(3));
    }

    [Fact]
    public void Pauses_grow_up_to_the_longest()
    {
        var schedule = RetrySchedule.Growing(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(12), retries: 4);
        Assert.Equal([5, 10, 12, 12], Enumerable.Range(1, 4).Select(n => (int)schedule.After(n)!.Value.TotalSeconds));
        Assert.Null(schedule.After(5));
    }
}
