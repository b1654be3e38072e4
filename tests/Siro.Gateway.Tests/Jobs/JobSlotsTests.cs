using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Jobs;

public sealed class JobSlotsTests
{
    [Fact]
    public void Partitions_take_turns_and_each_is_asked_once()
    {
        var places = new JobSlots(16, 1);
        places.Want("a");
        places.Want("b");
        places.Want("a");
        Assert.Equal(["a", "b"], Drain(places));
    }

    [Fact]
    public void None_gets_more_than_half_of_what_is_free_but_always_one()
    {
        var places = new JobSlots(8, 8);
        var got = new List<int>();
        foreach (var partition in new[] { "a", "b", "c", "d" })
        {
            places.Want(partition);
            Assert.True(places.TryTake(out _, out var taken));
            got.Add(taken);
        }

        Assert.Equal([4, 2, 1, 1], got);
        places.Want("e");
        Assert.False(places.TryTake(out _, out _));
        places.Leave("a");
        Assert.True(places.TryTake(out var next, out _));
        Assert.Equal("e", next);
    }

    [Fact]
    public void A_partition_wanted_while_it_is_looked_at_is_looked_at_again()
    {
        var places = new JobSlots(8, 8);
        places.Want("a");
        Assert.True(places.TryTake(out _, out var taken));
        places.Want("a");
        Assert.False(places.TryTake(out _, out _));
        places.Polled("a", taken);
        Assert.True(places.TryTake(out var again, out _));
        Assert.Equal("a", again);
    }

    /// <summary>
    /// Seen as a partition that was never looked at again: its job ended while the look that had claimed it still armed the next moment.
    /// </summary>
    [Fact]
    public void A_job_may_end_before_the_look_that_claimed_it()
    {
        var places = new JobSlots(8, 1);
        places.Want("a");
        Assert.True(places.TryTake(out _, out var taken));
        Assert.Equal(1, taken);
        places.Leave("a");
        places.Want("a");
        places.Polled("a", 0);
        Assert.Equal(0, places.Busy);
        Assert.True(places.TryTake(out var again, out _));
        Assert.Equal("a", again);
    }

    private static List<string> Drain(JobSlots places)
    {
        var order = new List<string>();
        while (places.TryTake(out var partition, out _))
        {
            order.Add(partition);
        }

        return order;
    }
}
