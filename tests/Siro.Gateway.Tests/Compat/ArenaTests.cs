using FsCheck;
using FsCheck.Fluent;
using Pipelines.Sockets.Unofficial.Arenas;

namespace Siro.Gateway.Tests.Compat;

public sealed class ArenaTests
{
    [Fact]
    public void Runs_of_any_length_over_blocks_of_any_size_hold_what_was_written_and_share_nothing() =>
        Prop.ForAll(Plans(), plan =>
        {
            using var arena = new Arena<Item>(Blocks(plan.ItemsPerBlock));
            foreach (var round in plan.Rounds)
            {
                var runs = round.Select(arena.Allocate).ToArray();
                var number = 0;
                foreach (var run in runs)
                {
                    foreach (ref var item in run)
                    {
                        Assert.Null(item.Text); // a reset leaves no old values behind
                        item = new Item(++number, "x");
                    }
                }

                var from = 1;
                foreach (var (run, length) in runs.Zip(round))
                {
                    SequenceChecks.Holds(run, Enumerable.Range(from, length).ToArray(), item => item.Number);
                    from += length;
                }

                arena.Reset();
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_run_that_fits_its_block_is_one_segment_and_one_that_does_not_is_more()
    {
        using var arena = new Arena<Item>(Blocks(10));

        Assert.True(arena.Allocate(10).IsSingleSegment);
        Assert.True(arena.Allocate(4).IsSingleSegment);
        var across = arena.Allocate(7);
        Assert.False(across.IsSingleSegment);
        Assert.Equal(6, across.FirstSpan.Length);
        Assert.Equal([6, 1], SequenceChecks.SpanLengths(across));
    }

    [Fact]
    public void Nothing_allocated_is_the_empty_sequence()
    {
        using var arena = new Arena<Item>();

        SequenceChecks.Holds(arena.Allocate(0), [], item => item.Number);
        SequenceChecks.Holds(default(Sequence<Item>), [], item => item.Number);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Allocate(-1));
    }

    [Fact]
    public void A_reset_gives_the_same_memory_again_without_allocating()
    {
        using var arena = new Arena<Item>(Blocks(16));
        arena.Allocate(100);
        arena.Reset();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 10; i++)
        {
            arena.Allocate(90);
            arena.Reset();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void One_huge_run_is_not_kept_for_ever()
    {
        var blocks = 0;
        using var arena = new Arena<Item>(Blocks(10), new CountingAllocator(() => blocks++));
        arena.Allocate(1000);
        for (var i = 0; i < 100; i++)
        {
            arena.Allocate(1);
            arena.Reset();
        }

        blocks = 0;
        arena.Allocate(1000);

        Assert.InRange(blocks, 95, 100);
    }

    [Fact]
    public void What_was_allocated_outlives_the_arena_but_nothing_new_comes()
    {
        var arena = new Arena<Item>();
        var run = arena.Allocate(1);
        run[0] = new Item(7, "kept");

        arena.Dispose();
        arena.Reset();

        Assert.Equal("kept", run[0].Text);
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate(1));
    }

    [Fact]
    public void An_untyped_sequence_comes_back_as_its_own_type_only()
    {
        using var arena = new Arena<Item>();
        var untyped = arena.Allocate(3).Untyped();

        Assert.Equal(3, untyped.Length);
        Assert.Equal(3, untyped.Cast<Item>().Length);
        Assert.Throws<InvalidCastException>(() => untyped.Cast<int>());
        Assert.True(default(Sequence).Cast<int>().IsEmpty);
    }

    private static ArenaOptions Blocks(int items) => new(blockSizeBytes: items * System.Runtime.CompilerServices.Unsafe.SizeOf<Item>());

    private static Arbitrary<Plan> Plans()
    {
        var lengths = Gen.Choose(0, 40).ListOf().Select(list => list.ToArray());
        return Gen.Choose(1, 12)
            .SelectMany(items => lengths.ListOf().Select(rounds => new Plan(items, [.. rounds])))
            .ToArbitrary();
    }

    private sealed record Plan(int ItemsPerBlock, int[][] Rounds);

    private readonly record struct Item(int Number, string Text);

    private sealed class CountingAllocator(Action allocated) : Allocator<Item>
    {
        public override Item[] Allocate(int length)
        {
            allocated();
            return new Item[length];
        }
    }
}
