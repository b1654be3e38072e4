using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using StackExchange.Redis;

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

    /// <summary>
    /// Twenty replicas, say: a Garnet with fewer threads than connections stands still here, those who wait for a key keep the threads
    /// that its holder needs (docs/redis.md).
    /// </summary>
    [Fact]
    public async Task Scripts_of_many_connections_on_one_key_are_all_run()
    {
        const int connections = 40, scripts = 50;
        RedisKey key = $"{{{Guid.NewGuid():N}}}counter";
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(_fixture.Server.LenientConfiguration);
            for (var i = 0; i < scripts; i++)
            {
                await connection.GetDatabase().ScriptEvaluateAsync(
                    "redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[1] .. ':beside')", [key]);
            }
        }));
        await using var counting = await ConnectionMultiplexer.ConnectAsync(_fixture.Server.Configuration);
        Assert.Equal(connections * scripts, (int)await counting.GetDatabase().StringGetAsync(key));
        Assert.Equal(connections * scripts, (int)await counting.GetDatabase().StringGetAsync(key.Append(":beside")));
    }

    [Fact]
    public async Task An_id_that_is_only_remembered_is_not_stored_with_several()
    {
        var queue = FreshQueue();
        await queue.EnqueueManyAsync([Spec("a") with { RememberFor = TimeSpan.FromMinutes(1), KeepFor = TimeSpan.Zero }], Cancelled);
        var batch = await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled);
        await using var job = Assert.Single(batch.Jobs);
        await job.CompleteAsync("done", null, TimeSpan.Zero, Cancelled);
        await Until.TrueAsync(
            async () =>
            {
                await queue.SweepAsync(Cancelled);
                return (await queue.CountAsync(Cancelled)).Total == 0;
            },
            "the job is removed");
        Assert.Equal(1, await queue.EnqueueManyAsync([Spec("a"), Spec("b")], Cancelled));
        Assert.Null(await queue.FindAsync(new JobId("a"), Cancelled));
    }

    /// <summary>
    /// A store whose scripts are not one write (Garnet) can be killed in the middle of one. Nobody got an answer, so the script is
    /// repeated, and meanwhile the job before ends, and the queue may be swept.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Jobs_of_a_lane_keep_their_order_wherever_the_script_that_stores_them_is_broken_off(bool swept)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_fixture.Server.Configuration);
        JobSpec[] specs = [Spec("b", "lane"), Spec("c", "lane")];
        var calls = 0;
        for (var whole = false; !whole; calls++)
        {
            var queue = FreshQueue();
            await queue.EnqueueManyAsync([Spec("a", "lane")], Cancelled);
            var first = await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled);
            whole = await CutScript.RunAsync(connection.GetDatabase(), JobScripts.EnqueueMany, calls, Keys(queue),
                [JobKeys.Queue(Kind.Value, queue.Partition), .. JobCodec.Room(null), specs.Length, .. specs.SelectMany(JobCodec.Small)]);
            Assert.Equal(JobWrite.Written, await first.Jobs.Single().CompleteAsync("done", null, null, Cancelled));
            if (swept)
            {
                await queue.SweepAsync(Cancelled);
            }

            await queue.EnqueueManyAsync(specs, Cancelled);
            Assert.Equal(["b", "c"], await DoneAsync(queue));
        }

        Assert.True(calls > 20, $"The script has more calls than {calls}.");
    }

    /// <summary>The same of the script that ends the job in front.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Jobs_of_a_lane_keep_their_order_wherever_the_script_that_ends_one_is_broken_off(bool swept)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_fixture.Server.Configuration);
        var calls = 0;
        for (var whole = false; !whole; calls++)
        {
            var queue = FreshQueue();
            await queue.EnqueueManyAsync([Spec("a", "lane"), Spec("b", "lane"), Spec("c", "lane")], Cancelled);
            var first = (await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled)).Jobs.Single();
            var end = JobOutcome.Done("done");
            whole = await CutScript.RunAsync(connection.GetDatabase(), JobScripts.Settle, calls, Keys(queue),
                [JobKeys.Queue(Kind.Value, queue.Partition), 1, .. first.End(end)]);
            if (swept)
            {
                await queue.SweepAsync(Cancelled);
            }

            Assert.Equal([true], (await queue.SettleAsync([(first, end)], Cancelled)).Written);
            await first.DisposeAsync();
            Assert.Equal(["b", "c"], await DoneAsync(queue));
        }

        Assert.True(calls > 5, $"The script has more calls than {calls}.");
    }

    /// <summary>And of the script that makes a job due before its moment: it comes once, and the next one behind it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_is_made_due_comes_once_and_in_order_wherever_the_script_is_broken_off(bool behind)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_fixture.Server.Configuration);
        var calls = 0;
        for (var whole = false; !whole; calls++)
        {
            var queue = FreshQueue();
            await queue.EnqueueManyAsync([Spec("a", "lane"), Spec("b", "lane")], Cancelled);
            var first = (await queue.ClaimAsync(Ann, 1, 10, LongLease, JobLimits.None, Cancelled)).Jobs.Single();
            await queue.SettleAsync([(first, JobOutcome.RetryAfter(TimeSpan.FromHours(2)))], Cancelled);
            await first.DisposeAsync();
            whole = await CutScript.RunAsync(connection.GetDatabase(), JobScripts.MakeDue, calls, Keys(queue),
                [JobKeys.Queue(Kind.Value, queue.Partition), "once", "", behind ? 1 : 0, "a"]);
            await queue.MakeDueAsync([new JobId("a")], null, behind, new OperationId("once"), Cancelled);
            Assert.Equal(["a", "b"], await DoneAsync(queue));
        }

        Assert.True(calls > 4, $"The script has more calls than {calls}.");
    }

    private static RedisKey[] Keys(JobQueue queue) =>
        [.. ((string[])["meta", "due", "run", "all", "end"]).Select(k => (RedisKey)(JobKeys.Queue(Kind.Value, queue.Partition) + k))];

    /// <summary>Works a queue off, with the sweep that mends it, and answers in which order its jobs came.</summary>
    private static async Task<List<string>> DoneAsync(JobQueue queue)
    {
        List<string> done = [];
        for (var sequence = 2; sequence < 12; sequence++)
        {
            var batch = await queue.ClaimAsync(Ann, sequence, 10, LongLease, JobLimits.None, Cancelled);
            foreach (var job in batch.Jobs)
            {
                done.Add(job.Job.Id.Value);
                Assert.Equal(JobWrite.Written, await job.CompleteAsync("done", null, null, Cancelled));
                await job.DisposeAsync();
            }

            if (batch.Jobs.Count == 0)
            {
                await queue.SweepAsync(Cancelled);
            }
        }

        return done;
    }
}
