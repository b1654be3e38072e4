using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task The_same_id_is_the_same_job()
    {
        var queue = FreshQueue();
        var operation = Operation();
        var first = await queue.EnqueueAsync(Spec("a"), operation, Cancelled);
        Assert.Equal(EnqueueStatus.Created, first.Status);
        Assert.Equal(JobPhase.Queued, first.Job!.Phase);
        Assert.Equal("a", first.Job["n"]);

        // Resent: the same answer. Somebody else's: the job that is there.
        Assert.Equal(EnqueueStatus.Created, (await queue.EnqueueAsync(Spec("a"), operation, Cancelled)).Status);
        var second = await queue.EnqueueAsync(Spec("a") with { State = "other" }, Operation(), Cancelled);
        Assert.Equal(EnqueueStatus.Exists, second.Status);
        Assert.Equal("new", second.Job!.State);
        Assert.Equal(1, (await queue.CountAsync(Cancelled)).Total);
    }

    [Fact]
    public async Task A_job_goes_from_claim_over_checkpoint_to_done()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("a") with { Body = new byte[] { 0, 1, 255 }, Client = "acme" }, null, Cancelled);
        var batch = await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled);
        await using var held = Assert.Single(batch.Jobs);
        Assert.Equal(1, held.Job.Attempt);
        Assert.Equal([0, 1, 255], (await held.ReadBodyAsync(Cancelled))!.Value.ToArray());
        Assert.Equal(JobWrite.Written, await held.SaveAsync("signed", Set("url", "u"), Cancelled));
        Assert.Equal("u", held.Job["url"]);
        Assert.Equal(JobWrite.Written, await held.CompleteAsync("created", Set("url", null), null, Cancelled));

        var done = await queue.FindAsync(new JobId("a"), Cancelled);
        Assert.Equal(("created", JobPhase.Finished, "acme", "a"), (done!.State, done.Phase, done.Client, done["n"]));
        Assert.Null(done["url"]);
        Assert.Empty((await queue.ClaimAsync(Ann, 2, 10, LongLease, JobLimits.None, Cancelled)).Jobs);
    }
}
