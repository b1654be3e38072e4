using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>A job that never ends by itself: a poll, a pause, a poll.</summary>
/// <param name="Pause">Before it begins again after it stopped.</param>
internal readonly record struct RecurringJob(Job Job, string Partition, JobId Id, TimeSpan Pause);

/// <summary>Which recurring jobs there are to be. One instance for the process.</summary>
internal interface IRecurringJobs
{
    /// <summary>From one look to the next, a fifth more or less.</summary>
    TimeSpan Interval { get; }

    /// <summary>Those that ought to be there now. May throw <see cref="StoreUnavailableException"/>.</summary>
    IAsyncEnumerable<RecurringJob> WantedAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Keeps recurring jobs alive, in every replica: they are stored where they are missing (also after the store has forgotten them),
/// and begin again where they stopped because their handler kept throwing.
/// </summary>
internal sealed partial class RecurringJobService<TJobs>(TJobs jobs, JobQueues queues, ILogger<RecurringJobService<TJobs>> logger)
    : BackgroundService
    where TJobs : class, IRecurringJobs
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var job in jobs.WantedAsync(stoppingToken))
                {
                    await KeepAsync(job, stoppingToken);
                }
            }
            catch (StoreUnavailableException e)
            {
                Log.NotKept(logger, typeof(TJobs).Name, e.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await queues.Clock.Delay(queues.Randomness.Around(jobs.Interval, 0.2), stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(RecurringJob recurring, CancellationToken cancellationToken)
    {
        var (job, state) = (recurring.Job, recurring.Job.States.First);
        var queue = queues.Queue(job.Kind, recurring.Partition);
        var made = await queue.EnqueueAsync(new JobSpec { Id = recurring.Id, State = state }, null, cancellationToken);
        if (made.Job is { Phase: JobPhase.Parked or JobPhase.Finished } stopped)
        {
            await queue.ResumeAsync(stopped.Id, stopped.State, state, recurring.Pause, null, queue.Operation(null), cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1253, LogLevel.Warning, "{Jobs} could not be maintained: {Reason}")]
        public static partial void NotKept(ILogger logger, string jobs, string reason);
    }
}
