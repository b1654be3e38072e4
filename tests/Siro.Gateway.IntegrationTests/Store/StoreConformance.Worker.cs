using System.Collections.Concurrent;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_worker_runs_what_is_enqueued_and_what_is_due_later()
    {
        var kind = new JobKind(Fresh("k"));
        var handler = new Recorder(job => JobOutcome.Done("done"));
        await using var worker = await RunningAsync(kind, handler);
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueAsync(Spec("now"), null, Cancelled);
        await queue.EnqueueAsync(Spec("later", delay: TimeSpan.FromMilliseconds(700)), null, Cancelled);
        await Until.TrueAsync(() => handler.Ran.Count == 2, "both jobs have run");
        Assert.Equal(["now", "later"], handler.Ran);
        var later =
            await Until.GetAsync(async () => await queue.FindAsync(new JobId("later"), Cancelled) is {
            Phase: JobPhase.Finished } job ? job : null, "it is finished");
        Assert.True(later.UpdatedAt - later.CreatedAt >= TimeSpan.FromMilliseconds(700));
    }

    [Fact]
    public async Task A_job_is_retried_after_its_delay_and_parked_when_its_handler_keeps_failing()
    {
        var kind = new JobKind(Fresh("k"));
        var handler = new Recorder(job => job.Job.Id.Value switch
        {
            "retry" when job.Job.Attempt < 3 => JobOutcome.RetryAfter(TimeSpan.FromMilliseconds(100), "waiting"),
            "crash" => throw new InvalidDataException("on purpose"),
            _ => JobOutcome.Done("done"),
        });
        await using var worker = await RunningAsync(kind, handler, o => o.CrashLimit = 2);
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueAsync(Spec("retry"), null, Cancelled);
        await queue.EnqueueAsync(Spec("crash"), null, Cancelled);
        await Until.TrueAsync(async () => await queue.FindAsync(new JobId("retry"), Cancelled) is { Phase: JobPhase.Finished, Attempt: 3 },
            "the third attempt is done");
        await Until.TrueAsync(async () => await queue.FindAsync(new JobId("crash"), Cancelled) is { Phase: JobPhase.Parked, State: "failed",
            Attempt: 2 }, "it is parked");
    }

    [Fact]
    public async Task What_is_stored_while_a_run_works_is_handed_to_it_without_a_claim_and_runs_once()
    {
        var kind = new JobKind(Fresh("k"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handedOver = 0;
        var handler = new Recorder(async (job, token) =>
        {
            if (job.Job.Id.Value == "first")
            {
                await end.Task.WaitAsync(token);
            }

            // A claim is a change, too.
            Interlocked.Add(ref handedOver, job.Job.Revision == 1 ? 1 : 0);
            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(kind, handler, o => (o.Batch, o.Lease) = (200, LongLease));
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueManyAsync([Spec("first")], Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the run has begun");
        var stored = 1;
        await Until.TrueAsync(async () =>
        {
            // What is due already comes first: on a busy machine the run would never be through with it.
            if (await queue.CountAsync(Cancelled) is { Running: 1, Waiting: 0 })
            {
                await queue.EnqueueManyAsync([.. Enumerable.Range(stored, 30).Select(i => Spec($"j{i:d5}"))], Cancelled);
                stored += 30;
            }

            return Volatile.Read(ref handedOver) > 0;
        }, "some are handed over");
        end.SetResult();
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 0, Waiting: 0 }, "all have ended");
        Assert.Equal(stored, handler.Ran.Count);
        Assert.Equal(stored, handler.Ran.Distinct(StringComparer.Ordinal).Count());
        var page = await queue.ListAsync(new JobQuery { State = "done", Limit = 200 }, Cancelled);
        Assert.All(page.Jobs, job => Assert.Equal((JobPhase.Finished, 1), (job.Phase, job.Attempt)));
    }

    /// <summary>The run ended with a job at work, nobody renewed or settled it, and it was run again when its lease was over.</summary>
    [Fact]
    public async Task A_run_that_kept_room_for_jobs_and_was_given_none_still_has_the_others_in_hand()
    {
        var kind = new JobKind(Fresh("k"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new Recorder(async (job, token) =>
        {
            if (job.Job.Id.Value == "first")
            {
                await end.Task.WaitAsync(token);
            }

            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(kind, handler, o => o.Batch = 200);
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueManyAsync([Spec("first")], Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the run has begun");

        // One that the run does not know of is due: what is stored behind it is not handed over.
        await queue.PutAsync(Spec("before"), Operation(), Cancelled);
        await queue.EnqueueManyAsync([Spec("behind")], Cancelled);
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 1, Waiting: 0 }, "the others have ended");

        // Beyond the lease, as long as which a run that has let go of it is not noticed.
        var due = (await queue.FindAsync(new JobId("first"), Cancelled))!.DueAt;
        await Until.TrueAsync(async () => (await queue.FindAsync(new JobId("first"), Cancelled))!.DueAt > due + AmpleLease,
            "the first one's lease is renewed");
        end.SetResult();
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 0, Waiting: 0 }, "all have ended");
        Assert.Equal(["before", "behind", "first"], handler.Ran.Order(StringComparer.Ordinal));
        Assert.Equal(1, (await queue.FindAsync(new JobId("first"), Cancelled))!.Attempt);
    }

    [Fact]
    public async Task What_is_repeated_while_a_run_works_is_handed_to_it_without_a_claim_and_runs_once_for_each_repetition()
    {
        var kind = new JobKind(Fresh("k"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (made, again) = (0, 0);
        var handler = new Recorder(async (job, token) =>
        {
            if (job.Job.Id.Value == "first")
            {
                await end.Task.WaitAsync(token);
            }

            // A new one has seen no change but its making, one that had ended two more; a claim would be another.
            Interlocked.Add(ref made, job.Job.Revision == 1 ? 1 : 0);
            Interlocked.Add(ref again, job.Job.Revision == 3 && job.Job["replay"] == "1" ? 1 : 0);
            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(kind, handler, o => (o.Batch, o.Lease) = (200, LongLease));
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueManyAsync([Spec("first")], Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the run has begun");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["replay"] = "1" };
        var turns = 0;
        await Until.TrueAsync(async () =>
        {
            turns++;
            JobSpec[] jobs = [.. Enumerable.Range(0, 30).Select(i => Spec($"j{turns}-{i:d2}"))];
            foreach (var name in (string[])["rpl_1", "rpl_1", "rpl_2", "rpl_2"])
            {
                // Each a second time, because the answer was lost.
                await queue.RepeatManyAsync(name, "pending", null, fields, jobs, Cancelled);
                await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 1, Waiting: 0 }, "they have ended");
            }

            return Volatile.Read(ref made) > 0 && Volatile.Read(ref again) > 0;
        }, "some are handed over, new ones and such as had ended");
        end.SetResult();
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 0, Waiting: 0 }, "all have ended");
        Assert.All(handler.Ran.Where(id => id != "first").GroupBy(id => id), ran => Assert.Equal(2, ran.Count()));
        Assert.Equal(1 + (60 * turns), handler.Ran.Count);
        var page = await queue.ListAsync(new JobQuery { State = "done", Limit = 200 }, Cancelled);
        Assert.All(page.Jobs, job => Assert.Equal((JobPhase.Finished, 1), (job.Phase, job.Attempt)));
    }

    [Fact]
    public async Task Neither_what_is_new_nor_what_is_repeated_waits_for_the_others_end()
    {
        var kind = new JobKind(Fresh("k"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new Recorder(async (_, token) =>
        {
            await end.Task.WaitAsync(token);
            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(
            kind, handler, o => (o.Batch, o.PartitionConcurrency, o.Lease) = (200, 1, LongLease));
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueManyAsync([Spec("first")], Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the run has begun");
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        await queue.RepeatManyAsync("rpl", "pending", null, none, [.. Enumerable.Range(0, 40).Select(i => Spec($"old{i:d2}"))], Cancelled);
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 40).Select(i => Spec($"new{i:d2}"))], Cancelled);
        end.SetResult();
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 0, Waiting: 0 }, "all have ended");
        var order = handler.Ran.Select((id, at) => (id, at)).ToList();
        Assert.Equal(81, order.Count);
        var lastNew = order.FindLastIndex(o => o.id.StartsWith("new", StringComparison.Ordinal));
        var lastOld = order.FindLastIndex(o => o.id.StartsWith("old", StringComparison.Ordinal));
        Assert.InRange(order.FindIndex(o => o.id.StartsWith("old", StringComparison.Ordinal)), 0, lastNew);
        Assert.InRange(order.FindIndex(o => o.id.StartsWith("new", StringComparison.Ordinal)), 0, lastOld);
    }

    [Fact]
    public async Task What_is_handed_over_is_given_back_when_the_worker_stops()
    {
        var kind = new JobKind(Fresh("k"));
        var handler = new Recorder(async (job, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return JobOutcome.Done("done");
        });
        var worker = await RunningAsync(kind, handler, o => (o.Batch, o.Lease, o.Drain) = (200, LongLease, TimeSpan.FromMilliseconds(1)));
        var queue = Replica.Queues.Queue(kind, "p");
        await queue.EnqueueManyAsync([Spec("first")], Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the run has begun");
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 30).Select(i => Spec($"j{i:d5}"))], Cancelled);
        await worker.DisposeAsync();
        await Until.TrueAsync(async () => await queue.CountAsync(Cancelled) is { Running: 0, Waiting: 31 }, "all are given back");
        var batch = await queue.ClaimAsync(Ben, Sequence(), 50, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(31, batch.Jobs.Count);
        Assert.All(batch.Jobs, job => Assert.Equal(1, job.Job.Attempt));
        foreach (var job in batch.Jobs)
        {
            await job.DisposeAsync();
        }
    }

    private async Task<RunningWorker> RunningAsync(
        JobKind kind, Recorder handler, Action<JobWorkerOptions>? configure = null, StoreHarness? replica = null)
    {
        var options = new JobWorkerOptions { Lease = AmpleLease, Sweep = TimeSpan.FromSeconds(1) };
        configure?.Invoke(options);
        var worker = (replica ?? Replica).Worker(handler, kind, options);
        await worker.StartAsync(Cancelled);
        return new RunningWorker(worker);
    }

    private sealed class RunningWorker(JobWorker worker) : IAsyncDisposable
    {
        public Task StopAsync() => worker.StopAsync(CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            worker.Dispose();
        }
    }

    /// <summary>Notes what it runs.</summary>
    private sealed class Recorder(Func<JobLease, CancellationToken, Task<JobOutcome>> run) : IJobHandler
    {
        public Recorder(Func<JobLease, JobOutcome> run)
            : this((job, _) => Task.FromResult(run(job)))
        {
        }

        public ConcurrentQueue<string> Ran { get; } = new();

        public Func<string, JobLimits> Limits { get; init; } = _ => JobLimits.None;

        public IReadOnlyCollection<string> Partitions { get; init; } = [];

        public Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
        {
            Ran.Enqueue(job.Job.Id.Value);
            return run(job, cancellationToken);
        }

        public JobLimits LimitsFor(string partition) => Limits(partition);

        public ValueTask<IReadOnlyCollection<string>> PartitionsAsync(CancellationToken cancellationToken) => new(Partitions);
    }
}
