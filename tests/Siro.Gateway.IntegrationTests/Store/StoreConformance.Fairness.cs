using System.Collections.Concurrent;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Partitions_that_hang_leave_room_for_the_others()
    {
        var kind = new JobKind(Fresh("k"));
        var handler = new Recorder(async (job, cancellationToken) =>
        {
            if (job.Job.Partition.StartsWith("slow", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(
            kind, handler, o => (o.Concurrency, o.PartitionConcurrency, o.Drain, o.Lease) = (8, 8, TimeSpan.Zero, LongLease));
        foreach (var slow in new[] { "slow1", "slow2" })
        {
            await Task.WhenAll(
                Enumerable.Range(0, 10).Select(n => Replica.Queues.Queue(kind, slow).EnqueueAsync(Spec($"{slow}-{n}"), null, Cancelled)));
        }

        await Until.TrueAsync(() => handler.Ran.Count >= 2, "the slow ones run");
        var fast = Replica.Queues.Queue(kind, "fast");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(n => fast.EnqueueAsync(Spec($"fast-{n}"), null, Cancelled)));
        await Until.TrueAsync(
            async () => (await fast.ListAsync(new JobQuery { State = "done" }, Cancelled)).Jobs.Count == 10, "the fast ones are done");
        Assert.InRange(handler.Ran.Count(id => id.StartsWith("slow", StringComparison.Ordinal)), 2, 7);
    }

    [Fact]
    public async Task Workers_of_several_replicas_keep_the_limits_of_a_partition_together()
    {
        var kind = new JobKind(Fresh("k"));
        var running = 0;
        var most = 0;
        var order = new ConcurrentQueue<string>();
        var handler = new Recorder(async (job, cancellationToken) =>
        {
            var now = Interlocked.Increment(ref running);
            most = Math.Max(most, now);
            order.Enqueue(job.Job.Id.Value);
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, cancellationToken);
            Interlocked.Decrement(ref running);
            return JobOutcome.Done("done");
        })
        {
            Limits = _ => new JobLimits(Concurrency: 2),
        };
        await using var other = new StoreHarness(_fixture.Server.Configuration);
        await using var one = await RunningAsync(kind, handler, o => o.Lease = LongLease);
        await using var two = await RunningAsync(kind, handler, o => o.Lease = LongLease, other);
        var queue = Replica.Queues.Queue(kind, "p");
        for (var n = 0; n < 20; n++)
        {
            await queue.EnqueueAsync(Spec($"{(n % 2 == 0 ? "a" : "b")}{n:00}", lane: n % 2 == 0 ? "a" : "b"), null, Cancelled);
        }

        await Until.TrueAsync(
            async () => (await queue.ListAsync(new JobQuery { State = "done" }, Cancelled)).Jobs.Count == 20, "all are done");
        Assert.Equal(20, order.Count);
        Assert.InRange(most, 1, 2);
        foreach (var lane in new[] { "a", "b" })
        {
            var ran = order.Where(id => id.StartsWith(lane, StringComparison.Ordinal)).ToArray();
            Assert.Equal(ran.Order(StringComparer.Ordinal), ran);
        }
    }

    [Fact]
    public async Task A_handler_whose_job_is_taken_away_is_cancelled()
    {
        var kind = new JobKind(Fresh("k"));
        var cancelled = new TaskCompletionSource();
        var handler = new Recorder(async (_, cancellationToken) =>
        {
            await using (cancellationToken.Register(() => cancelled.TrySetResult()))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return JobOutcome.Done("never");
        });
        await using var worker = await RunningAsync(kind, handler);
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the job runs");
        await queue.DeleteAsync(new JobId("a"), null, Operation(), Cancelled);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled);
    }

    [Fact]
    public async Task A_paused_partition_runs_nothing_until_it_is_woken()
    {
        var kind = new JobKind(Fresh("k"));
        var paused = true;
        var handler = new Recorder(
            job => JobOutcome.Done("done")) { Limits = p => new JobLimits(Paused: p == "p" && Volatile.Read(ref paused)) };
        await using var worker = await RunningAsync(kind, handler);
        await Replica.Queues.Queue(kind, "p").EnqueueAsync(Spec("a"), null, Cancelled);
        await Replica.Queues.Queue(kind, "other").EnqueueAsync(Spec("b"), null, Cancelled);
        await Until.TrueAsync(() => handler.Ran.Contains("b"), "the other partition works");
        Assert.DoesNotContain("a", handler.Ran);
        Volatile.Write(ref paused, false);
        await Replica.Queues.Queue(kind, "p").WakeAsync(Cancelled);
        await Until.TrueAsync(() => handler.Ran.Contains("a"), "it runs when woken");
    }
}
