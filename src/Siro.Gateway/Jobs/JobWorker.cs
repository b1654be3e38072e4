namespace Siro.Gateway.Jobs;

/// <summary>Works off the jobs of one kind in this process, and takes its part in sweeping them.</summary>
internal sealed class JobWorker(
    IJobHandler handler, JobKind kind, JobWorkerOptions options, JobQueues queues, JobRunner runner, JobMetrics metrics,
    ILogger<JobWorker> logger,
    IHostApplicationLifetime? lifetime = null)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // From the signal on, not only once the host gets to this service: a replica that goes takes no more leases.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            stoppingToken, lifetime?.ApplicationStopping ?? CancellationToken.None);
        var pump = new JobDispatcher(kind, handler, options, queues, runner, metrics, logger);
        var sweeper = new JobSweeper(kind, handler, options, queues, logger);
        await Task.WhenAll(pump.RunAsync(stopping.Token), sweeper.RunAsync(stopping.Token));
    }
}
