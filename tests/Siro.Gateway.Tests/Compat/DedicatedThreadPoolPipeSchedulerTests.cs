using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

public sealed class DedicatedThreadPoolPipeSchedulerTests
{
    [Fact]
    public async Task Work_runs_on_its_own_named_threads()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("redis", workerCount: 2);
        var ran = new TaskCompletionSource<(string? Name, bool IsPool)>(TaskCreationOptions.RunContinuationsAsynchronously);

        scheduler.Schedule(_ => ran.SetResult((Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread)), null);

        var (name, isPool) = await ran.Task.WaitAsync(SocketPair.Patience);
        Assert.StartsWith("redis:", name, StringComparison.Ordinal);
        Assert.False(isPool);
        Assert.Equal(2, scheduler.WorkerCount);
        await SocketPair.UntilAsync(() => scheduler is { TotalServicedByQueue: 1, AvailableCount: 2 }, "the thread waits again");
        Assert.Equal(0, scheduler.TotalServicedByPool);
    }

    [Fact]
    public async Task A_full_queue_sends_work_to_the_thread_pool()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("busy", workerCount: 1, useThreadPoolQueueLength: 2);
        using var gate = new ManualResetEventSlim();
        // Without this option the rest of the test would run on the thread that it holds.
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.Schedule(_ => { held.SetResult(); gate.Wait(); }, null);
        await held.Task.WaitAsync(SocketPair.Patience);
        using var done = new CountdownEvent(5);

        for (var i = 0; i < 5; i++)
        {
            scheduler.Schedule(static state => ((CountdownEvent)state!).Signal(), done);
        }

        Assert.Equal(3, scheduler.TotalServicedByPool);
        gate.Set();
        Assert.True(done.Wait(SocketPair.Patience));
        await SocketPair.UntilAsync(() => scheduler.TotalServicedByQueue == 3, "the queue was worked off");
    }

    [Fact]
    public async Task Disposal_loses_no_work_and_ends_the_threads()
    {
        var scheduler = new DedicatedThreadPoolPipeScheduler("ending", workerCount: 2, useThreadPoolQueueLength: 1000);
        using var done = new CountdownEvent(300);
        for (var i = 0; i < 200; i++)
        {
            scheduler.Schedule(static state => ((CountdownEvent)state!).Signal(), done);
        }

        scheduler.Dispose();
        scheduler.Dispose();
        for (var i = 0; i < 100; i++)
        {
            scheduler.Schedule(static state => ((CountdownEvent)state!).Signal(), done);
        }

        Assert.True(done.Wait(SocketPair.Patience));
        await SocketPair.UntilAsync(() => scheduler.AvailableCount == 0, "no thread waits");
        Assert.Equal(300, scheduler.TotalServicedByPool + scheduler.TotalServicedByQueue);
    }

    [Fact]
    public void A_scheduler_without_threads_uses_the_thread_pool()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler(workerCount: 0);
        using var ran = new ManualResetEventSlim();

        scheduler.Schedule(static state => ((ManualResetEventSlim)state!).Set(), ran);

        Assert.True(ran.Wait(SocketPair.Patience));
        Assert.Equal(1, scheduler.TotalServicedByPool);
    }
}
