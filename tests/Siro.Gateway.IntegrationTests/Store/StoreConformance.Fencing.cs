using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_late_owner_cannot_write_complete_or_give_back()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var paused = new StoreHarness(_fixture.Server.Configuration, time: new StoppedTimers());
        var late = Assert.Single(
            (await paused.Queues.Queue(Kind, queue.Partition).ClaimAsync(Ann, 1, 1, ShortLease, JobLimits.None, Cancelled)).Jobs);
        await using var taker = await Until.GetAsync(
            async () =>
                (await queue.ClaimAsync(Ben, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs.SingleOrDefault(),
                    "the job is taken over");
        Assert.Equal(2, taker.Job.Attempt);
        Assert.True(taker.Job.Fence > late.Job.Fence);
        Assert.False(late.IsHeld);

        Assert.Equal(JobWrite.LeaseLost, await late.SaveAsync("stolen", Set("n", "stolen"), Cancelled));
        Assert.Equal(JobWrite.LeaseLost, await late.CompleteAsync("stolen", null, null, Cancelled));
        Assert.Equal(JobWrite.LeaseLost, await late.RescheduleAsync(TimeSpan.Zero, "stolen", null, Cancelled));
        Assert.Equal(JobWrite.LeaseLost, await late.ParkAsync("stolen", null, null, Cancelled));
        Assert.Equal(JobWrite.LeaseLost, await late.GiveBackAsync(Cancelled));
        Assert.True(late.Lost.IsCancellationRequested);

        Assert.Equal(JobWrite.Written, await taker.CompleteAsync("done", null, null, Cancelled));
        var job = await queue.FindAsync(new JobId("a"), Cancelled);
        Assert.Equal(("done", "a"), (job!.State, job["n"]));
        await late.DisposeAsync();
    }

    [Fact]
    public async Task An_owner_that_nobody_has_replaced_may_still_end_its_job_but_not_go_on()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var paused = new StoreHarness(_fixture.Server.Configuration, time: new StoppedTimers());
        var late = Assert.Single(
            (await paused.Queues.Queue(Kind, queue.Partition).ClaimAsync(Ann, 1, 1, ShortLease, JobLimits.None, Cancelled)).Jobs);
        await Until.TrueAsync(async () => (await queue.CountAsync(Cancelled)).Running == 0, "the lease has ended");
        Assert.Equal(JobWrite.LeaseLost, await late.SaveAsync("more", null, Cancelled));
        Assert.Equal(JobWrite.Written, await late.CompleteAsync("done", null, null, Cancelled));
        await late.DisposeAsync();
    }

    [Fact]
    public async Task A_repeated_or_late_write_changes_nothing_and_answers_the_same()
    {
        var queue = FreshQueue();
        var prefix = JobKeys.Queue(Kind.Value, queue.Partition);
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        await using var held = Assert.Single((await queue.ClaimAsync(Ann, 1, 1, LongLease, JobLimits.None, Cancelled)).Jobs);

        // The very commands that the lease sends, as the network might repeat and reorder them.
        async Task<int> Write(string mode, int step, string state) => (int)(await Replica.Store.RunAsync(
            JobScripts.Write,
            [prefix + "meta", prefix + "due", prefix + "run", prefix + "all", prefix + "end", prefix + "job:a"],
            [prefix, "a", mode, held.Job.Fence, step, state, mode == "save" ? 30000 : 0, -1, 1, "f:step", step, 0],
            Cancelled))[0];

        Assert.Equal(1, await Write("save", 1, "one"));
        Assert.Equal(1, await Write("save", 2, "two"));
        Assert.Equal(1, await Write("save", 2, "two"));
        Assert.Equal(0, await Write("save", 1, "one"));
        var job = await queue.FindAsync(new JobId("a"), Cancelled);
        Assert.Equal(("two", "2", 4L), (job!.State, job["step"], job.Revision));

        Assert.Equal(1, await Write("retry", 3, "again"));
        Assert.Equal(1, await Write("retry", 3, "again"));
        await using (var next = Assert.Single((await queue.ClaimAsync(Ben, 1, 1, LongLease, JobLimits.None, Cancelled)).Jobs))
        {
            // The first owner's last word is still recognised, and still changes nothing; an older one is refused.
            Assert.Equal(1, await Write("retry", 3, "again"));
            Assert.Equal(0, await Write("finish", 4, "stolen"));
            Assert.Equal(JobPhase.Running, (await queue.FindAsync(new JobId("a"), Cancelled))!.Phase);
            Assert.Equal(JobWrite.Written, await next.CompleteAsync("done", null, null, Cancelled));
        }

        // Once another's word is the last, it is an old one like any other.
        Assert.Equal(0, await Write("retry", 3, "again"));
        Assert.Equal(
            ("done", JobPhase.Finished), (await queue.FindAsync(new JobId("a"), Cancelled)) is { } end ? (end.State, end.Phase) : default);
    }

    [Fact]
    public async Task A_repeated_claim_answers_with_the_same_jobs_and_a_late_one_with_none()
    {
        var queue = FreshQueue();
        foreach (var id in new[] { "a", "b", "c" })
        {
            await queue.EnqueueAsync(Spec(id), null, Cancelled);
        }

        var first = await queue.ClaimAsync(Ann, 5, 2, LongLease, JobLimits.None, Cancelled);
        var again = await queue.ClaimAsync(Ann, 5, 2, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(["a", "b"], first.Jobs.Select(j => j.Job.Id.Value));
        Assert.Equal(first.Jobs.Select(j => j.Job.Fence), again.Jobs.Select(j => j.Job.Fence));
        Assert.Equal(TimeSpan.Zero, again.Next);
        Assert.Empty((await queue.ClaimAsync(Ann, 4, 2, LongLease, JobLimits.None, Cancelled)).Jobs);

        await again.Jobs[0].CompleteAsync("done", null, null, Cancelled);
        Assert.Equal(["b"], (await queue.ClaimAsync(Ann, 5, 2, LongLease, JobLimits.None, Cancelled)).Jobs.Select(j => j.Job.Id.Value));
        Assert.Equal(["c"], (await queue.ClaimAsync(Ann, 6, 2, LongLease, JobLimits.None, Cancelled)).Jobs.Select(j => j.Job.Id.Value));
    }

    [Fact]
    public async Task Two_owners_never_claim_the_same_job()
    {
        var queue = FreshQueue();
        var ids = Enumerable.Range(0, 60).Select(n => $"j{n}").ToArray();
        await Task.WhenAll(ids.Select(id => queue.EnqueueAsync(Spec(id), null, Cancelled)));
        await using var other = new StoreHarness(_fixture.Server.Configuration);
        async Task<List<string>> Claim(StoreHarness replica, WorkerId owner)
        {
            var mine = new List<string>();
            while ((await replica.Queues.Queue(Kind, queue.Partition)
                .ClaimAsync(owner, Sequence(), 3, LongLease, JobLimits.None, Cancelled)).Jobs is { Count: > 0 } jobs)
            {
                mine.AddRange(jobs.Select(j => j.Job.Id.Value));
            }

            return mine;
        }

        var claimed = await Task.WhenAll(Claim(Replica, Ann), Claim(other, Ben), Claim(Replica, new WorkerId("cid")));
        Assert.Equal(ids.Order(), claimed.SelectMany(c => c).Order());
    }

    [Fact]
    public async Task A_request_runs_its_own_job_and_a_worker_takes_over_when_it_dies()
    {
        var queue = FreshQueue();
        var operation = Operation();
        var mine = await queue.EnqueueClaimedAsync(Spec("a"), Ann, AmpleLease, operation, Cancelled);
        Assert.Equal((EnqueueStatus.Created, JobPhase.Running, 1), (mine.Status, mine.Job!.Phase, mine.Job.Attempt));
        Assert.Empty((await queue.ClaimAsync(Ben, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs);

        // Resent: the same lease again. Another request with the same id: the job, without a lease.
        var resent = await queue.EnqueueClaimedAsync(Spec("a"), Ann, AmpleLease, operation, Cancelled);
        Assert.Equal(mine.Job.Fence, resent.Lease!.Job.Fence);
        var second = await queue.EnqueueClaimedAsync(Spec("a"), Ben, AmpleLease, Operation(), Cancelled);
        Assert.Equal((EnqueueStatus.Exists, null), (second.Status, second.Lease));

        // Both leases end their heartbeat: as if the process had died.
        await mine.Lease!.DisposeAsync();
        await resent.Lease.DisposeAsync();
        await using var taker = await Until.GetAsync(
            async () =>
                (await queue.ClaimAsync(Ben, Sequence(), 1, LongLease, JobLimits.None, Cancelled)).Jobs.SingleOrDefault(),
                    "the job is taken over");
        Assert.Equal(2, taker.Job.Attempt);
        var late = await queue.EnqueueClaimedAsync(Spec("a"), Ann, AmpleLease, operation, Cancelled);
        Assert.Null(late.Lease);
    }

    [Fact]
    public async Task Values_of_five_megabytes_come_back_whole()
    {
        var queue = FreshQueue();
        var body = new byte[5_000_000];
        new Siro.Gateway.Common.Randomness().Fill(body);
        var operation = Operation();
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await queue.EnqueueAsync(
                        Spec("big") with { Body = body }, operation, Cancelled)).Status == EnqueueStatus.Created;
                }
                catch (StoreUnavailableException)
                {
                    // A busy disk can take longer than a command may; the repetition finds what was written.
                    return false;
                }
            },
            "it is stored");
        await using var held = Assert.Single((await queue.ClaimAsync(Ann, 1, 1, LongLease, JobLimits.None, Cancelled)).Jobs);
        var read = await held.ReadBodyAsync(Cancelled);
        Assert.True(read!.Value.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task A_script_that_the_server_has_forgotten_is_sent_again()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a"), null, Cancelled);
        var connection = await Replica.Store.ConnectionAsync(Cancelled);
        foreach (var server in connection.GetServers())
        {
            await server.ExecuteAsync("SCRIPT", "FLUSH");
        }

        Assert.Equal("new", (await queue.FindAsync(new JobId("a"), Cancelled))!.State);
    }

    [Fact]
    public async Task An_error_in_a_script_is_not_an_outage()
    {
        var wrong = await Assert.ThrowsAnyAsync<RedisServerException>(
            () => Replica.Store.RunAsync(JobScripts.Enqueue, [StoreKeys.Key("x", "y")], ["only one"], Cancelled));
        Assert.NotNull(wrong.Message);
    }

    private long _sequence;

    private long Sequence() => Interlocked.Increment(ref _sequence);
}
