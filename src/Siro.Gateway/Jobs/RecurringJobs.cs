using Siro.Gateway.Common;
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
internal sealed class RecurringJobService<TJobs>(TJobs jobs, JobQueues queues, ILogger<RecurringJobService<TJobs>> logger)
    : PeriodicService(queues.Clock.Time, logger)
    where TJobs : class, IRecurringJobs
{
    protected override TimeSpan Pause => queues.Randomness.Around(jobs.Interval, 0.2);

    protected override async Task RoundAsync(CancellationToken stoppingToken)
    {
        await foreach (var job in jobs.WantedAsync(stoppingToken))
        {
            await KeepAsync(job, stoppingToken);
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
}
