using Siro.Gateway.Jobs;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Several_claims_end_at_once_each_under_its_own_fence()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("done"), Spec("again"), Spec("parked"), Spec("taken"), Spec("given back")], Cancelled);
        var (batch, hold) = await queue.ClaimAheadAsync(Ann, Sequence(), 10, LongLease, JobLimits.None, 0, Cancelled);
        await using var held = hold;
        var leases = batch.Jobs.ToDictionary(j => j.Job.Id.Value, StringComparer.Ordinal);
        Assert.Equal(5, leases.Count);
        await queue.DeleteAsync(new JobId("taken"), null, Operation(), Cancelled);

        (JobLease, JobOutcome)[] ends =
        [
            (leases["done"], JobOutcome.Done("done", new Dictionary<string, string?> { ["answer"] = "200", ["n"] = null })),
            (leases["again"], JobOutcome.RetryAfter(TimeSpan.FromMinutes(1), "retrying")),
            (leases["parked"], JobOutcome.Park("dead")),
            (leases["taken"], JobOutcome.Done("done")),
            (leases["given back"], JobOutcome.GiveBack),
        ];
        Assert.Equal([true, true, true, false, true], (await queue.SettleAsync(ends, Cancelled)).Written);

        // Sent again because its answer was lost: recognised, and nothing changes.
        var revision = (await queue.FindAsync(new JobId("done"), Cancelled))!.Revision;
        Assert.Equal([true, true, true, false, true], (await queue.SettleAsync(ends, Cancelled)).Written);
        var done = (await queue.FindAsync(new JobId("done"), Cancelled))!;
        Assert.Equal(
            (JobPhase.Finished, "done", "200", null, revision), (done.Phase, done.State, done["answer"], done["n"], done.Revision));
        var again = (await queue.FindAsync(new JobId("again"), Cancelled))!;
        Assert.Equal((JobPhase.Queued, "retrying", 1), (again.Phase, again.State, again.Attempt));
        Assert.Equal(JobPhase.Parked, (await queue.FindAsync(new JobId("parked"), Cancelled))!.Phase);
        Assert.Equal(["done"], (await queue.ListAsync(new JobQuery { State = "done" }, Cancelled)).Jobs.Select(j => j.Id.Value));
        Assert.Equal(["again"], (await queue.ListAsync(new JobQuery { State = "retrying" }, Cancelled)).Jobs.Select(j => j.Id.Value));

        // What was given back is due at once, and this attempt did not count.
        await using var next = Assert.Single((await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, JobLimits.None, Cancelled)).Jobs);
        Assert.Equal(("given back", 1), (next.Job.Id.Value, next.Job.Attempt));
    }

    [Fact]
    public async Task An_end_under_an_old_fence_changes_nothing_though_others_of_its_batch_are_written()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("late"), Spec("mine")], Cancelled);
        var (first, hold) = await queue.ClaimAheadAsync(Ann, Sequence(), 1, ShortLease, JobLimits.None, 0, Cancelled);

        // Its heartbeat ends, as if the process stood still.
        await hold.DisposeAsync();
        await using var taker = await Infrastructure.Until.GetAsync(
            async () =>
                (await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, JobLimits.None, Cancelled)).Jobs.FirstOrDefault(
                    j => j.Job.Id.Value == "late"),
            "the job is taken over");
        Assert.Equal([false], (await queue.SettleAsync([(first.Jobs[0], JobOutcome.Done("done"))], Cancelled)).Written);
        Assert.Equal(JobPhase.Running, (await queue.FindAsync(new JobId("late"), Cancelled))!.Phase);
        Assert.Equal(JobWrite.Written, await taker.CompleteAsync("done", null, null, Cancelled));
    }

    [Fact]
    public async Task Whoever_holds_all_that_is_claimed_claims_ahead_and_nobody_else_beside_it()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 20).Select(i => Spec($"j{i:d2}"))], Cancelled);
        var two = new JobLimits(Concurrency: 2);
        var (ahead, hold) = await queue.ClaimAheadAsync(Ann, Sequence(), 10, LongLease, two, 0, Cancelled);
        await using var held = hold;
        Assert.Equal(10, ahead.Jobs.Count);
        var (none, _) = await queue.ClaimAheadAsync(Ben, Sequence(), 10, LongLease, two, 0, Cancelled);
        Assert.Empty(none.Jobs);
        Assert.Empty((await queue.ClaimAsync(Ben, Sequence(), 10, LongLease, two, Cancelled)).Jobs);

        await queue.SettleAsync([.. ahead.Jobs.Take(9).Select(j => (j, JobOutcome.Done("done")))], Cancelled);
        var (beside, other) = await queue.ClaimAheadAsync(Ben, Sequence(), 10, LongLease, two, 0, Cancelled);
        await using var others = other;
        Assert.Single(beside.Jobs);
        var (full, _) = await queue.ClaimAheadAsync(Ann, Sequence(), 10, LongLease, two, 1, Cancelled);
        Assert.Empty(full.Jobs);
    }

    [Fact]
    public async Task A_batch_is_renewed_until_its_last_job_has_ended()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("a"), Spec("b")], Cancelled);
        var (batch, hold) = await queue.ClaimAheadAsync(Ann, Sequence(), 2, AmpleLease, JobLimits.None, 0, Cancelled);
        await using var held = hold;
        await queue.SettleAsync([(batch.Jobs[0], JobOutcome.Done("done"))], Cancelled);
        var due = (await queue.FindAsync(new JobId("b"), Cancelled))!.DueAt;
        await Infrastructure.Until.TrueAsync(async () => (await queue.FindAsync(new JobId("b"), Cancelled))!.DueAt > due + AmpleLease,
            "the lease is renewed more than once");
        Assert.True(batch.Jobs[1].IsHeld);
        Assert.False(hold.IsOver);
        Assert.Equal([true], (await queue.SettleAsync([(batch.Jobs[1], JobOutcome.Done("done"))], Cancelled)).Written);
        batch.Jobs[0].Ended(written: true);
        batch.Jobs[1].Ended(written: true);
        Assert.True(hold.IsOver);
    }

    [Fact]
    public async Task Repeated_jobs_run_behind_what_is_due_by_itself_and_once_for_each_repetition()
    {
        var queue = FreshQueue();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["replay"] = "1" };
        await queue.EnqueueManyAsync([Spec("ended"), Spec("waiting")], Cancelled);
        await using (var ended = Assert.Single((await queue.ClaimAsync(Ann, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs))
        {
            await ended.CompleteAsync("done", null, null, Cancelled);
        }

        JobSpec[] all = [Spec("ended"), Spec("waiting"), Spec("new"), new JobSpec { Id = new JobId("unknown"), State = "x" }];
        Assert.Equal(2, await queue.RepeatManyAsync("rpl_1", "pending", null, fields, all, Cancelled));
        Assert.Equal(2, await queue.RepeatManyAsync("rpl_1", "pending", null, fields, all, Cancelled));
        Assert.Null(await queue.FindAsync(new JobId("unknown"), Cancelled));
        Assert.Equal("1", (await queue.FindAsync(new JobId("ended"), Cancelled))!["replay"]);

        // Found by no sweep as lost, and claimed behind what waits by itself.
        await queue.SweepAsync(Cancelled);
        var batch = await queue.ClaimAsync(Ann, Sequence(), 10, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(["waiting", "ended", "new"], batch.Jobs.Select(j => j.Job.Id.Value));
        foreach (var job in batch.Jobs)
        {
            await job.CompleteAsync("done", null, null, Cancelled);
            await job.DisposeAsync();
        }

        // The same repetition again changes nothing; another one, in a state that they are not in, neither.
        Assert.Equal(0, await queue.RepeatManyAsync("rpl_1", "pending", null, fields, [Spec("ended"), Spec("new")], Cancelled));
        Assert.Equal(0, await queue.RepeatManyAsync("rpl_2", "pending", "dead", fields, [Spec("ended"), Spec("new")], Cancelled));
        Assert.Equal(1, await queue.RepeatManyAsync("rpl_2", "pending", "done", fields, [Spec("ended")], Cancelled));
    }

    [Fact]
    public async Task What_is_due_by_itself_and_what_is_repeated_share_each_claim()
    {
        var queue = FreshQueue();
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        await queue.RepeatManyAsync(
            "rpl", "pending", null, none, [.. Enumerable.Range(0, 20).Select(i => Spec($"replay{i:d2}"))], Cancelled);
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 20).Select(i => Spec($"live{i:d2}"))], Cancelled);
        var batch = await queue.ClaimAsync(Ann, Sequence(), 8, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(6, batch.Jobs.Count(j => j.Job.Id.Value.StartsWith("live", StringComparison.Ordinal)));
        Assert.Equal(2, batch.Jobs.Count(j => j.Job.Id.Value.StartsWith("replay", StringComparison.Ordinal)));
        foreach (var job in batch.Jobs)
        {
            await job.DisposeAsync();
        }
    }
}
