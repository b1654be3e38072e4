using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

public sealed class DelegatesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_target_is_visited_in_the_order_of_its_subscription(int count)
    {
        var seen = new List<int>();
        Action? all = null;
        for (var i = 0; i < count; i++)
        {
            var number = i;
            all += () => seen.Add(number);
        }

        foreach (var one in Delegates.AsEnumerable(all))
        {
            Assert.True(Delegates.IsSingle(one));
            one();
        }

        Assert.Equal(Enumerable.Range(0, count), seen);
        Assert.Equal(count == 1, Delegates.IsSingle(all));
    }

    [Fact]
    public void Nobody_subscribed_means_nobody_visited()
    {
        Assert.False(Delegates.IsSingle(null));
        foreach (var _ in Delegates.AsEnumerable<Action>(null))
        {
            Assert.Fail("Somebody was visited.");
        }
    }

    [Fact]
    public void A_walk_can_be_disposed_as_callers_compiled_against_the_package_do()
    {
        // StackExchange.Redis calls IDisposable.Dispose on the struct; without the interface its second handler of a channel ended the process.
        var walk = Delegates.AsEnumerable(new Action(() => { })).GetEnumerator();
        Assert.IsAssignableFrom<IEnumerator<Action>>(walk);
        using IEnumerator<Action> same = walk;
        Assert.True(same.MoveNext());
    }

    [Fact]
    public void A_walk_allocates_nothing()
    {
        EventHandler<EventArgs>? all = null;
        all += (_, _) => { };
        all += (_, _) => { };
        Walk();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Walk();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Walk()
        {
            foreach (var one in Delegates.AsEnumerable(all))
            {
                one(null, EventArgs.Empty);
            }
        }
    }
}
