using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task What_a_killed_store_left_at_the_head_of_a_lane_holds_nobody_up()
    {
        // A store that dies within a script can leave a place in a lane without a job. Here it stands before a job that waits, and before
        // one that comes.
        var (kind, partition) = (Kind, Fresh("q"));
        var queue = Replica.Queues.Queue(kind, partition);
        var lane = new StackExchange.Redis.RedisKey(JobKeys.Queue(kind.Value, partition) + "lane:x");
        await Replica.Store.QueryAsync(db => db.SortedSetAddAsync(lane, "lost", 1), Cancelled);

        await queue.EnqueueAsync(Spec("a", lane: "x"), null, Cancelled);
        Assert.Equal(["a"], await ClaimedAsync(queue));

        await queue.EnqueueAsync(Spec("b", lane: "x"), null, Cancelled);
        await Replica.Store.QueryAsync(db => db.SortedSetAddAsync(lane, "lost too", 2), Cancelled);
        await EndAsync(queue, "a", held => held.CompleteAsync("done", null, null, Cancelled));
        Assert.Equal(["b"], await ClaimedAsync(queue));
    }

    [Fact]
    public async Task Jobs_of_a_lane_run_one_after_another_in_their_order()
    {
        var queue = FreshQueue();
        foreach (var id in new[] { "a1", "a2", "a3", "a4", "b1" })
        {
            await queue.EnqueueAsync(Spec(id, lane: id[..1]), null, Cancelled);
        }

        Assert.Equal(["a1", "b1"], await ClaimedAsync(queue));

        // A retry keeps the head of the lane; done, parked and deleted let the next one go.
        await EndAsync(queue, "a1", held => held.RescheduleAsync(TimeSpan.FromMilliseconds(50), null, null, Cancelled));
        await Until.TrueAsync(
            async () =>
            {
                // However long this machine takes: what comes next in the lane is the head again, never the one behind it.
                var claimed = await ClaimedAsync(queue);
                Assert.DoesNotContain("a2", claimed);
                return claimed.SequenceEqual(["a1"]);
            },
            "the head is due again");
        await EndAsync(queue, "a1", held => held.CompleteAsync("done", null, null, Cancelled));
        Assert.Equal(["a2"], await ClaimedAsync(queue));
        await EndAsync(queue, "a2", held => held.ParkAsync("dead", null, null, Cancelled));
        Assert.Equal(["a3"], await ClaimedAsync(queue));
        Assert.Equal(JobChange.Changed, await queue.DeleteAsync(new JobId("a3"), null, Operation(), Cancelled));
        Assert.Equal(["a4"], await ClaimedAsync(queue));

        // What is resumed does not wait for its lane, nor hold it up.
        await queue.EnqueueAsync(Spec("a5", lane: "a"), null, Cancelled);
        await queue.ResumeAsync(new JobId("a2"), "dead", "new", TimeSpan.Zero, null, Operation(), Cancelled);
        Assert.Equal(["a2"], await ClaimedAsync(queue));
        await EndAsync(queue, "a4", held => held.CompleteAsync("done", null, null, Cancelled));
        Assert.Equal(["a5"], await ClaimedAsync(queue));
    }

    [Fact]
    public async Task No_more_jobs_run_at_a_time_than_the_limit_of_the_queue_allows()
    {
        var queue = FreshQueue();
        for (var n = 0; n < 4; n++)
        {
            await queue.EnqueueAsync(Spec($"j{n}"), null, Cancelled);
        }

        var two = new JobLimits(Concurrency: 2);
        var first = await queue.ClaimAsync(Ann, Sequence(), 10, LongLease, two, Cancelled);
        Assert.Equal(2, first.Jobs.Count);
        Assert.InRange(first.Next!.Value, TimeSpan.FromSeconds(25), LongLease);
        Assert.Empty((await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, two, Cancelled)).Jobs);
        await first.Jobs[0].CompleteAsync("done", null, null, Cancelled);
        Assert.Equal(TimeSpan.Zero, first.Jobs[0].Next);
        Assert.Single((await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, two, Cancelled)).Jobs);
        Assert.Empty((await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, new JobLimits(Paused: true), Cancelled)).Jobs);
    }

    [Fact]
    public async Task No_more_jobs_start_in_any_second_than_the_rate_of_the_queue_allows()
    {
        var queue = FreshQueue();
        for (var n = 0; n < 14; n++)
        {
            await queue.EnqueueAsync(Spec($"j{n}"), null, Cancelled);
        }

        var started = new List<DateTimeOffset>();
        var waits = new List<TimeSpan>();
        await Until.TrueAsync(
            async () =>
            {
                var batch = await queue.ClaimAsync(Ann, Sequence(), 3, LongLease, new JobLimits(RatePerSecond: 5), Cancelled);
                started.AddRange(batch.Jobs.Select(j => j.Job.UpdatedAt));
                if (batch is { Jobs.Count: 0, Next: { } next })
                {
                    waits.Add(next);
                }

                return started.Count == 14;
            },
            "every job is claimed");
        Assert.All(started, moment => Assert.InRange(started.Count(s => s >= moment && s - moment < TimeSpan.FromSeconds(1)), 1, 5));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_rate_below_one_stretches_its_second()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await queue.EnqueueAsync(Spec("b"), null, Cancelled);
        var batch = await queue.ClaimAsync(Ann, Sequence(), 3, LongLease, new JobLimits(RatePerSecond: 0.1), Cancelled);
        Assert.Single(batch.Jobs);
        Assert.InRange(batch.Next!.Value, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Lists_page_by_time_with_filters()
    {
        var queue = FreshQueue();
        for (var n = 0; n < 7; n++)
        {
            await queue.EnqueueAsync(
                Spec($"j{n}") with { Client = n % 2 == 0 ? "even" : "odd", State = n < 4 ? "low" : "high" }, null, Cancelled);
        }

        async Task<string> List(JobQuery query)
        {
            var ids = new List<string>();
            for (long? cursor = null; ;)
            {
                var page = await queue.ListAsync(query with { Cursor = cursor, Limit = 2 }, Cancelled);
                ids.AddRange(page.Jobs.Select(j => j.Id.Value[1..]));
                cursor = page.Cursor;
                if (cursor is null)
                {
                    return string.Concat(ids);
                }
            }
        }

        Assert.Equal("6543210", await List(new JobQuery()));
        Assert.Equal("0123456", await List(new JobQuery { OldestFirst = true }));
        Assert.Equal("6420", await List(new JobQuery { Client = "even" }));
        Assert.Equal("3210", await List(new JobQuery { State = "low" }));
        Assert.Equal("13", await List(new JobQuery { Client = "odd", State = "low", OldestFirst = true }));
        var third = (await queue.FindAsync(new JobId("j3"), Cancelled))!.CreatedAt;
        Assert.StartsWith("6", await List(new JobQuery { From = third }), StringComparison.Ordinal);
        Assert.DoesNotContain("6", await List(new JobQuery { Until = third }), StringComparison.Ordinal);
        Assert.Null((await queue.ListAsync(new JobQuery { Limit = 7 }, Cancelled)).Cursor);
    }

    [Fact]
    public async Task Changes_from_outside_compare_before_they_write()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        var id = new JobId("a");
        var edit = Operation();
        Assert.Equal(JobChange.Changed, (await queue.EditAsync(id, 1, Set("n", "b"), edit, Cancelled)).Change);
        Assert.Equal(JobChange.Changed, (await queue.EditAsync(id, 1, Set("n", "b"), edit, Cancelled)).Change);
        Assert.Equal(JobChange.Conflict, (await queue.EditAsync(id, 1, Set("n", "c"), Operation(), Cancelled)).Change);
        Assert.Equal(JobChange.NotFound, (await queue.EditAsync(new JobId("x"), 1, Set("n", "c"), Operation(), Cancelled)).Change);

        Assert.Equal(["a"], await ClaimedAsync(queue));
        Assert.Equal(JobChange.Conflict, (await queue.EditAsync(id, 3, Set("n", "c"), Operation(), Cancelled)).Change);
        Assert.Equal(JobChange.Conflict, (await queue.ResumeAsync(id, "new", "new", TimeSpan.Zero, null, Operation(), Cancelled)).Change);
        await EndAsync(queue, "a", held => held.ParkAsync("uncertain", null, null, Cancelled));
        Assert.Equal(
            JobChange.Conflict, (await queue.ResumeAsync(id, "failed", "new", TimeSpan.Zero, null, Operation(), Cancelled)).Change);

        var retry = Operation();
        Assert.Equal(JobChange.Changed,
            (await queue.ResumeAsync(id, "uncertain", "stored", TimeSpan.Zero, Set("by", "ann"), retry, Cancelled)).Change);
        Assert.Equal(["a"], await ClaimedAsync(queue));
        await EndAsync(queue, "a", held => held.ParkAsync("uncertain", null, null, Cancelled));

        // The retry, resent late: recognised, and the job is not run a second time.
        Assert.Equal(JobChange.Changed,
            (await queue.ResumeAsync(id, "uncertain", "stored", TimeSpan.Zero, Set("by", "ann"), retry, Cancelled)).Change);
        Assert.Empty(await ClaimedAsync(queue));

        var delete = Operation();
        Assert.Equal(JobChange.Conflict, await queue.DeleteAsync(id, "created", Operation(), Cancelled));
        Assert.Equal(JobChange.Changed, await queue.DeleteAsync(id, "uncertain", delete, Cancelled));
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        Assert.Equal(JobChange.Changed, await queue.DeleteAsync(id, null, delete, Cancelled));
        Assert.NotNull(await queue.FindAsync(id, Cancelled));
        Assert.Equal(JobChange.NotFound, await queue.DeleteAsync(new JobId("x"), null, Operation(), Cancelled));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_waits_for_its_moment_is_due_when_somebody_asks_with_its_attempts_and_in_its_place(bool behind)
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("a1", "a"), Spec("a2", "a"), Spec("b")], Cancelled);
        Assert.Equal(["a1", "b"], await ClaimedAsync(queue));
        await EndAsync(queue, "a1", held => held.RescheduleAsync(TimeSpan.FromHours(2), "again", null, Cancelled));
        await EndAsync(queue, "b", held => held.RescheduleAsync(TimeSpan.FromHours(2), "again", null, Cancelled));
        Assert.Empty(await ClaimedAsync(queue));
        JobId[] ids = [new("a1"), new("a2"), new("b"), new("x")];
        var now = Operation();
        JobChange[] changes = [JobChange.Changed, JobChange.Conflict, JobChange.Changed, JobChange.NotFound];

        Assert.All(await queue.MakeDueAsync(ids[..3], "other", behind, Operation(), Cancelled), c => Assert.Equal(JobChange.Conflict, c));
        Assert.Equal(changes, await queue.MakeDueAsync(ids, "again", behind, now, Cancelled));
        await queue.SweepAsync(Cancelled);

        // Asked again, by the same and by another: it is due already.
        Assert.Equal(changes, await queue.MakeDueAsync(ids, "again", behind, now, Cancelled));
        Assert.Equal(JobChange.Conflict, (await queue.MakeDueAsync([ids[0]], "again", behind, Operation(), Cancelled))[0]);
        Assert.Equal(["a1", "b"], (await ClaimedAsync(queue)).Order());
        Assert.Equal(2, (await queue.FindAsync(ids[0], Cancelled))!.Attempt);
        Assert.Equal(JobChange.Conflict, (await queue.MakeDueAsync([ids[0]], null, behind, Operation(), Cancelled))[0]);
        Assert.Empty(await ClaimedAsync(queue));
        await EndAsync(queue, "a1", held => held.CompleteAsync("done", null, null, Cancelled));
        Assert.Equal(["a2"], await ClaimedAsync(queue));
        Assert.Equal(JobChange.Conflict, (await queue.MakeDueAsync([ids[0]], null, behind, Operation(), Cancelled))[0]);
    }

    [Fact]
    public async Task A_job_deleted_while_it_runs_is_lost_to_its_owner()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var held = Assert.Single((await queue.ClaimAsync(Ann, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs);
        await queue.DeleteAsync(held.Job.Id, null, Operation(), Cancelled);

        // Also when a new job has the same id and has been claimed as often.
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var other = Assert.Single((await queue.ClaimAsync(Ann, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs);
        Assert.Equal(JobWrite.LeaseLost, await held.CompleteAsync("done", null, null, Cancelled));
        Assert.Equal(JobWrite.Written, await other.CompleteAsync("done", null, null, Cancelled));
    }

    [Fact]
    public async Task What_is_over_its_retention_leaves_nothing_behind_but_its_remembered_id()
    {
        var queue = FreshQueue();
        var prefix = JobKeys.Queue(Kind.Value, queue.Partition);
        for (var n = 0; n < 30; n++)
        {
            await queue.EnqueueAsync(
                Spec($"j{n}", lane: n % 2 == 0 ? "l" + n : null) with { Client = "c", Body = new byte[10],
                    KeepFor = TimeSpan.FromMilliseconds(1), RememberFor = TimeSpan.FromSeconds(30) }, null, Cancelled);
        }

        await using var kept = (await queue.EnqueueClaimedAsync(Spec("kept"), Ann, LongLease, null, Cancelled)).Lease;
        foreach (var held in (await queue.ClaimAsync(Ann, Sequence(), 40, LongLease, JobLimits.None, Cancelled)).Jobs)
        {
            await held.CompleteAsync("done", null, null, Cancelled);
            await held.DisposeAsync();
        }

        await Until.TrueAsync(async () => (await queue.SweepAsync(Cancelled)).Total == 1, "all finished ones are gone");
        Assert.Equal(EnqueueStatus.Remembered, (await queue.EnqueueAsync(Spec("j1"), null, Cancelled)).Status);
        Assert.Null(await queue.FindAsync(new JobId("j1"), Cancelled));
        var left = new List<string>();
        var connection = await Replica.Store.ConnectionAsync(Cancelled);
        foreach (var server in connection.GetServers())
        {
            await foreach (var key in server.KeysAsync(pattern: prefix.Replace("[", "\\[", StringComparison.Ordinal) + "*"))
            {
                left.Add(key.ToString()[prefix.Length..]);
            }
        }

        Assert.Equal(["all", "claim:ann", "due", "job:kept", "meta", "run", "st:new"],
            left.Where(k => !k.StartsWith("tomb:", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(30, left.Count(k => k.StartsWith("tomb:", StringComparison.Ordinal)));
    }

    private readonly Dictionary<string, JobLease> _held = new(StringComparer.Ordinal);

    private async Task<string[]> ClaimedAsync(JobQueue queue)
    {
        var batch = await queue.ClaimAsync(Ann, Sequence(), 10, LongLease, JobLimits.None, Cancelled);
        foreach (var job in batch.Jobs)
        {
            _held[job.Job.Id.Value] = job;
        }

        return [.. batch.Jobs.Select(j => j.Job.Id.Value)];
    }

    private async Task EndAsync(JobQueue queue, string id, Func<JobLease, Task<JobWrite>> end)
    {
        Assert.Same(_held[id].Job.Partition, queue.Partition);
        Assert.Equal(JobWrite.Written, await end(_held[id]));
        await _held[id].DisposeAsync();
    }
}
