using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>
/// A replica in a process of its own, so that a test can pause it with SIGSTOP or kill it with SIGKILL. It says what
/// it does on its output, and goes on when it reads a line.
/// </summary>
internal static class StoreChild
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (role, configuration, kind, partition) = (args[0], args[1], new JobKind(args[2]), args[3]);
        await using var replica = new StoreHarness(configuration);
        switch (role)
        {
            case "owner":
                await OwnAsync(replica, kind, partition);
                return 0;
            default:
                await WorkAsync(replica, kind);
                return 0;
        }
    }

    public static ProcessHandle Start(string role, string configuration, JobKind kind, string partition) =>
        ProcessHandle.StartDotnet(EntryPoint.Dll, ["child", role, configuration, kind.Value, partition]);

    /// <summary>Claims a job and takes a lease, waits for a line, then tries to go on with both.</summary>
    private static async Task OwnAsync(StoreHarness replica, JobKind kind, string partition)
    {
        var lease = await replica.Leases.TryAcquireAsync(partition, TimeSpan.FromSeconds(2), CancellationToken.None);
        var batch = await replica.Queues.Queue(kind, partition)
            .ClaimAsync(new WorkerId("child"), 1, 1, TimeSpan.FromSeconds(2), JobLimits.None, CancellationToken.None);
        var job = batch.Jobs.Single();
        Console.WriteLine($"owns {job.Job.Fence} {lease!.Fence}");
        Console.ReadLine();

        // The first look after a pause, before any timer can have told.
        Console.WriteLine($"held {job.IsHeld} {lease.IsHeld}");
        Console.WriteLine($"save {await job.SaveAsync("stolen", null, CancellationToken.None)}");
        Console.WriteLine($"complete {await job.CompleteAsync("stolen", null, null, CancellationToken.None)}");
        Console.WriteLine($"renew {await lease.RenewAsync(CancellationToken.None)}");
        Console.WriteLine($"lost {job.Lost.IsCancellationRequested} {lease.Lost.IsCancellationRequested}");
    }

    /// <summary>Works jobs off; those named <c>hang</c> never end here.</summary>
    private static async Task WorkAsync(StoreHarness replica, JobKind kind)
    {
        using var worker = replica.Worker(
            new Hanging(), kind, new JobWorkerOptions { Lease = TimeSpan.FromSeconds(1), PartitionConcurrency = 16, Concurrency = 32 });
        await worker.StartAsync(CancellationToken.None);
        Console.WriteLine("works");
        Console.ReadLine();
        await worker.StopAsync(CancellationToken.None);
        Console.WriteLine("stopped");
    }

    private sealed class Hanging : IJobHandler
    {
        public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
        {
            Console.WriteLine($"runs {job.Job.Id}");
            if (job.Job.Id.Value.StartsWith("hang", StringComparison.Ordinal))
            {
                await job.SaveAsync("begun", null, cancellationToken);
                Console.WriteLine($"begun {job.Job.Id}");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return JobOutcome.Done("done by child");
        }
    }
}
