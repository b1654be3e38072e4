using System.Collections.Concurrent;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_paused_process_finds_its_leases_lost_and_its_writes_refused()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var child = StoreChild.Start("owner", _fixture.Server.Configuration, Kind, queue.Partition);
        await child.LineAsync("owns");
        child.Pause();

        await using var taker = await Until.GetAsync(
            async () =>
                (await queue.ClaimAsync(Ben, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs.SingleOrDefault(),
                    "the job is taken over");
        await using var lease = await Until.GetAsync(
            () => Replica.Leases.TryAcquireAsync(queue.Partition, LongLease, Cancelled), "the lease is taken over");
        Assert.Equal(JobWrite.Written, await taker.SaveAsync("mine", null, Cancelled));
        await child.WriteLineAsync("go on");
        child.Resume();

        await child.LineAsync("held False False");
        await child.LineAsync("save LeaseLost");
        await child.LineAsync("complete LeaseLost");
        await child.LineAsync("renew False");
        await child.LineAsync("lost True True");
        Assert.Equal("mine", (await queue.FindAsync(new JobId("a"), Cancelled))!.State);
        Assert.True(taker.IsHeld && lease.IsHeld);
    }

    [Fact]
    public async Task Jobs_of_a_killed_process_are_taken_over()
    {
        var kind = new JobKind(Fresh("k"));
        var queue = Replica.Queues.Queue(kind, "p");
        var ids = Enumerable.Range(0, 3).Select(n => new JobId($"hang{n}")).ToArray();
        await using var child = StoreChild.Start("worker", _fixture.Server.Configuration, kind, "p");
        await child.LineAsync("works");
        foreach (var id in ids)
        {
            await queue.EnqueueAsync(Spec(id.Value), null, Cancelled);
        }

        foreach (var id in ids)
        {
            await child.LineAsync($"begun {id}");
        }

        await child.KillAsync();
        var handler = new Recorder(job => JobOutcome.Done("done", Set("saw", job.Job.State)));
        await using var worker = await RunningAsync(kind, handler);
        foreach (var id in ids)
        {
            var job = await Until.GetAsync(
                async () =>
                    await queue.FindAsync(id, Cancelled) is { Phase: JobPhase.Finished } found
                        ? found
                        : null, $"{id} is done by the other process");

            // It went on where the dead process had left its last checkpoint.
            Assert.Equal(("begun", 2), (job["saw"], job.Attempt));
        }
    }

    [Fact]
    public async Task A_process_that_is_told_to_stop_gives_its_jobs_back()
    {
        var kind = new JobKind(Fresh("k"));
        var queue = Replica.Queues.Queue(kind, "p");
        var handler = new Recorder(async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return JobOutcome.Done("never");
        });
        var stopping = await RunningAsync(kind, handler, o => (o.Lease, o.Drain) = (LongLease, TimeSpan.FromMilliseconds(200)));
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await Until.TrueAsync(() => !handler.Ran.IsEmpty, "the job runs");
        await stopping.DisposeAsync();

        // At once, not when the 30 s of the lease are over; and the attempt did not count.
        var next = new Recorder(job => JobOutcome.Done("done"));
        await using var worker = await RunningAsync(kind, next);
        await Until.TrueAsync(async () => await queue.FindAsync(new JobId("a"), Cancelled) is { Phase: JobPhase.Finished, Attempt: 1 },
            "another has done it", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_store_that_is_killed_and_restarted_loses_nothing_and_the_worker_resumes()
    {
        var kind = new JobKind(Fresh("k"));
        var acknowledged = new ConcurrentQueue<JobId>();
        var handler = new Recorder(async (job, cancellationToken) =>
        {
            await job.SaveAsync("begun", null, cancellationToken);
            return JobOutcome.Done("done");
        });
        await using var worker = await RunningAsync(kind, handler, o => o.Poll = TimeSpan.FromSeconds(1));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var unavailable = 0;
        async Task EnqueueAsync(int producer)
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                var id = new JobId($"p{producer}-{n}");
                try
                {
                    await Replica.Queues.Queue(kind, $"part{n % 3}")
                        .EnqueueAsync(Spec(id.Value, lane: n % 2 == 0 ? "lane" : null), null, Cancelled);
                    acknowledged.Enqueue(id);
                }
                catch (StoreUnavailableException)
                {
                    Interlocked.Increment(ref unavailable);
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancelled);
                }
            }
        }

        var producers = Task.WhenAll(Enumerable.Range(0, 3).Select(EnqueueAsync));
        await Until.TrueAsync(() => acknowledged.Count > 30, "some jobs are stored");
        await _fixture.Server.KillAsync();
        var before = acknowledged.Count;
        await Until.TrueAsync(() => unavailable > 0 && !Replica.Store.Current.Available, "the store is found unavailable");
        await _fixture.Server.RestartAsync();
        await Until.TrueAsync(() => acknowledged.Count > before + 10, "jobs are stored again");
        await stop.CancelAsync();
        await producers;

        foreach (var id in acknowledged)
        {
            var queue = Replica.Queues.Queue(
                kind, $"part{int.Parse(id.Value.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture) % 3}");
            await Until.TrueAsync(async () => await queue.FindAsync(id, Cancelled) is { Phase: JobPhase.Finished, State: "done" },
                $"{id} is done", TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task A_store_that_stands_still_fails_fast_and_is_used_again_when_it_answers()
    {
        await using var replica = new StoreHarness(_fixture.Server.Configuration, patient: false);
        var queue = replica.Queues.Queue(Kind, Fresh("q"));
        await StoredAsync(queue, "a");
        _fixture.Server.Pause();
        try
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            {
                while (true)
                {
                    // Threads that were running when the signal came may answer one more.
                    await queue.EnqueueAsync(Spec(Fresh("b")), null, Cancelled);
                }
            });
            Assert.False(replica.Store.Current.Available);
            Assert.NotNull(replica.Store.Current.LastError);
        }
        finally
        {
            // The server is shared: left standing still it would fail every test after this one.
            _fixture.Server.Resume();
        }

        await Until.TrueAsync(async () => (await replica.Store.ProbeAsync(Cancelled)).Available, "the store answers");

        // Another job: the command that was given up may have run all the same when the store went on.
        await StoredAsync(queue, "c");
    }

    private async Task StoredAsync(JobQueue queue, string id)
    {
        var operation = Operation();
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await queue.EnqueueAsync(Spec(id), operation, Cancelled)).Status == EnqueueStatus.Created;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            $"{id} is stored");
    }

    [Fact]
    public async Task A_replica_that_starts_before_the_store_finds_it_later()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await _fixture.Server.KillAsync();
        await using var early = new StoreHarness(_fixture.Server.Configuration);
        var heard = new ConcurrentQueue<string>();
        var channel = Fresh();
        using var subscription = early.Notices.Subscribe(channel, heard.Enqueue);
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => early.Queues.Queue(Kind, queue.Partition).FindAsync(new JobId("a"), Cancelled));
        Assert.Equal(DurabilityVerdict.NotChecked, (await early.Store.ProbeAsync(Cancelled)).Durability);
        await _fixture.Server.RestartAsync();
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    await early.Notices.PublishAsync(channel, "hello");
                    return await early.Queues.Queue(Kind, queue.Partition).FindAsync(new JobId("a"), Cancelled) is not null
                        && !heard.IsEmpty;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the job is found and pubSub are heard");
        Assert.NotEqual(DurabilityVerdict.NotChecked, (await early.Store.ProbeAsync(Cancelled)).Durability);
        await Until.TrueAsync(async () => (await Replica.Store.ProbeAsync(Cancelled)).Available, "the older replica is back too");
    }
}
