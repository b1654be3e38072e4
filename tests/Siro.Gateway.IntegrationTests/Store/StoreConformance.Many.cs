using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Several_jobs_are_stored_in_their_order_and_known_ones_stay_as_they_are()
    {
        var queue = FreshQueue();
        await queue.EnqueueAsync(Spec("j001") with { State = "old" }, null, Cancelled);
        var specs = Enumerable.Range(0, 120).Select(i => Spec($"j{i:d3}", i % 2 == 0 ? "lane" : null)).ToList();
        Assert.Equal(119, await queue.EnqueueManyAsync(specs, Cancelled));
        Assert.Equal(0, await queue.EnqueueManyAsync(specs, Cancelled));
        Assert.Equal(120, (await queue.CountAsync(Cancelled)).Total);
        Assert.Equal("old", (await queue.FindAsync(new JobId("j001"), Cancelled))!.State);
        Assert.Equal("j007", (await queue.FindAsync(new JobId("j007"), Cancelled))!["n"]);

        // Of the lane only its head is due; the others all are.
        var batch = await queue.ClaimAsync(Ann, 1, 200, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(["j000"], batch.Jobs.Where(j => j.Job.Lane is not null).Select(j => j.Job.Id.Value));
        Assert.Equal(60, batch.Jobs.Count(j => j.Job.Lane is null));
        await batch.Jobs.Single(j => j.Job.Lane is not null).CompleteAsync("done", null, null, Cancelled);
        var next = await queue.ClaimAsync(Ann, 2, 200, LongLease, JobLimits.None, Cancelled);
        Assert.Equal(["j002"], next.Jobs.Select(j => j.Job.Id.Value));
        foreach (var job in batch.Jobs.Concat(next.Jobs))
        {
            await job.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_id_that_is_only_remembered_is_not_stored_with_several()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("a") with { RememberFor = TimeSpan.FromMinutes(1), KeepFor = TimeSpan.Zero }], Cancelled);
        var batch = await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled);
        await using var job = Assert.Single(batch.Jobs);
        await job.CompleteAsync("done", null, TimeSpan.Zero, Cancelled);
        await Infrastructure.Until.TrueAsync(
            async () =>
            {
                await queue.SweepAsync(Cancelled);
                return (await queue.CountAsync(Cancelled)).Total == 0;
            },
            "the job is removed");
        Assert.Equal(1, await queue.EnqueueManyAsync([Spec("a"), Spec("b")], Cancelled));
        Assert.Null(await queue.FindAsync(new JobId("a"), Cancelled));
    }
}
