using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    /// <summary>
    /// Producers and workers, step by step in a random order, some dying on the way: whatever the order, work that waits
    /// has a wake-up in the registry, without any notice and any sweep.
    /// </summary>
    [Fact]
    public async Task No_order_of_steps_loses_a_wake_up()
    {
        for (var round = 0; round < 15 * TestScale.Factor; round++)
        {
            var seed = BitConverter.ToInt32(Bytes(4));
            await InterleaveAsync(seed);
        }
    }

    [Fact]
    public async Task Jobs_are_found_without_any_notice()
    {
        await using var deaf = new StoreHarness(_fixture.Server.Configuration, pubSub: _ => new NoNotices());
        await using var alsoDeaf = new StoreHarness(_fixture.Server.Configuration, pubSub: _ => new NoNotices());
        var kind = new JobKind(Fresh("k"));
        var handler =
            new Recorder(job => job.Job.Attempt == 1 && job.Job.Id.Value.EndsWith('3') ? JobOutcome.RetryAfter(
            TimeSpan.FromMilliseconds(300)) : JobOutcome.Done("done"));
        Action<JobWorkerOptions> rare = o => (o.Poll, o.Sweep) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromHours(1));
        await using var one = await RunningAsync(kind, handler, rare, deaf);
        await using var two = await RunningAsync(kind, handler, rare, alsoDeaf);
        var ids = Enumerable.Range(0, 40).ToArray();
        await Task.WhenAll(ids.Select(n => deaf.Queues.Queue(kind, $"p{n % 7}").EnqueueAsync(
            Spec($"j{n}", lane: n % 2 == 0 ? "l" : null, delay: TimeSpan.FromMilliseconds(n % 5 * 100)), null, Cancelled)));
        foreach (var n in ids)
        {
            await Until.TrueAsync(
                async () =>
                    await Replica.Queues.Queue(kind, $"p{n % 7}").FindAsync(new JobId($"j{n}"), Cancelled) is { Phase: JobPhase.Finished },
                        $"job {n} is done");
        }
    }

    [Fact]
    public async Task What_the_registry_has_forgotten_a_sweep_finds()
    {
        var kind = new JobKind(Fresh("k"));
        var registry = JobKeys.Registry(kind.Value);
        foreach (var partition in new[] { "known", "named" })
        {
            await Replica.Queues.Queue(kind, partition).EnqueueAsync(Spec("a"), null, Cancelled);
        }

        // One partition has lost its moment, the other everything; only the feature still knows it.
        await Replica.Store.QueryAsync(database => database.KeyDeleteAsync(registry + "due"), Cancelled);
        await Replica.Store.QueryAsync(database => database.SortedSetRemoveAsync(registry + "known", "named"), Cancelled);
        await Replica.Store.QueryAsync(database => database.HashDeleteAsync(registry + "gen", "named"), Cancelled);
        var handler = new Recorder(job => JobOutcome.Done("done")) { Partitions = ["named"] };
        await using var worker = await RunningAsync(kind, handler);
        await Until.TrueAsync(() => handler.Ran.Count == 2, "both are found");
    }

    [Fact]
    public async Task Clocks_of_replicas_that_differ_change_nothing()
    {
        await using var ahead = new StoreHarness(_fixture.Server.Configuration, time: new OtherTime(TimeSpan.FromDays(2)));
        await using var behind = new StoreHarness(_fixture.Server.Configuration, time: new OtherTime(TimeSpan.FromDays(-2)));
        var queue = FreshQueue();
        await ahead.Queues.Queue(Kind, queue.Partition).EnqueueAsync(Spec("a", delay: TimeSpan.FromMinutes(1)), null, Cancelled);
        await behind.Queues.Queue(Kind, queue.Partition).EnqueueAsync(Spec("b"), null, Cancelled);
        await using var held = Assert.Single(
            (await ahead.Queues.Queue(Kind, queue.Partition).ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled)).Jobs);
        Assert.Equal("b", held.Job.Id.Value);
        Assert.True(held.IsHeld);
        var later = await behind.Queues.Queue(Kind, queue.Partition).ClaimAsync(Ben, 1, 10, LongLease, JobLimits.None, Cancelled);
        Assert.Empty(later.Jobs);
        Assert.InRange(later.Next!.Value, TimeSpan.FromSeconds(25), TimeSpan.FromMinutes(1));

        await using var lease = await behind.Leases.TryAcquireAsync(Fresh(), LongLease, Cancelled);
        Assert.Null(await ahead.Leases.TryAcquireAsync(lease!.Name, LongLease, Cancelled));
        Assert.True(lease.IsHeld);
    }

    private async Task InterleaveAsync(int seed)
    {
        var chance = new SeededRandomness(seed);
        var kind = new JobKind(Fresh("k"));
        var queue = Replica.Queues.Queue(kind, "p");
        var registry = Replica.Queues.Registry(kind);
        var actors = new List<Queue<Func<Task>>>();
        for (var n = 0; n < 3; n++)
        {
            var id = $"j{n}";
            actors.Add(new Queue<Func<Task>>(
            [
                () => registry.TouchAsync("p", TimeSpan.Zero, Cancelled),
                () => queue.PutAsync(Spec(id, lane: chance.NextDouble() < 0.5 ? "l" : null), Operation(), Cancelled),
            ]));
        }

        for (var n = 0; n < 4; n++)
        {
            var owner = new WorkerId($"w{n}");
            long generation = 0;
            ClaimBatch? batch = null;
            actors.Add(new Queue<Func<Task>>(
            [
                async () => generation = await registry.GenerationAsync("p", Cancelled),
                async () => batch = await queue.ClaimAsync(owner, 1, 1, ShortLease, JobLimits.None, Cancelled),
                () => registry.ArmAsync("p", generation, batch!.Next, Cancelled),
                async () =>
                {
                    foreach (var held in batch!.Jobs)
                    {
                        await (chance.NextDouble() < 0.5
                            ? held.RescheduleAsync(TimeSpan.Zero, null, null, Cancelled)
                            : held.CompleteAsync("done", null, null, Cancelled));
                        if (held.Next is not null)
                        {
                            // What the worker does after a job: look once more.
                            generation = await registry.GenerationAsync("p", Cancelled);
                            batch = await queue.ClaimAsync(owner, 2, 0, ShortLease, JobLimits.None, Cancelled);
                            await registry.ArmAsync("p", generation, batch.Next, Cancelled);
                        }
                    }
                },
            ]));
        }

        while (actors.Count > 0)
        {
            var actor = actors[(int)(chance.NextDouble() * actors.Count)];
            await actor.Dequeue()();

            // Any of them may die after any step.
            if (actor.Count == 0 || chance.NextDouble() < 0.1)
            {
                actors.Remove(actor);
            }
        }

        var due = await registry.DueAsync(10, Cancelled);
        var waits = (await queue.SweepAsync(Cancelled)).Next;
        if (waits is { } wait)
        {
            var wakes = due.Partitions.Count > 0 ? TimeSpan.Zero : due.Next;
            var latest = wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
            Assert.True(wakes is not null && wakes <= latest + TimeSpan.FromMilliseconds(500),
                $"seed {seed}: work waits {wait}, the registry wakes {wakes?.ToString() ?? "never"}");
        }
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Replica.Randomness.Fill(bytes);
        return bytes;
    }

    private sealed class SeededRandomness(int seed) : Randomness
    {
#pragma warning disable RS0030 // A seed makes a failing order repeatable.
        private readonly Random _random = new(seed);
#pragma warning restore RS0030

        public override void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
    }

    private sealed class NoNotices : IPubSub, IDisposable
    {
        public ValueTask<bool> PublishAsync(string channel, string payload) => new(false);

        public IDisposable Subscribe(string channel, Action<string> handler) => this;

        public void Dispose()
        {
        }
    }

    private sealed class OtherTime(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
