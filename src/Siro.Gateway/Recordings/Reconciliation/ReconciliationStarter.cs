using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>Sees to it that every organization that is to be polled has its job, also after the store has forgotten it.</summary>
internal sealed partial class ReconciliationStarter(
    JobQueues queues, ReconciliationSwitch on, ISettings<SiroOptions> siro, ISettings<ReconciliationOptions> options, TimeProvider time, Randomness randomness, ILogger<ReconciliationStarter> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var name in siro.Current.Organizations.Keys)
                {
                    await StartAsync(new OrganizationKey(name), stoppingToken);
                }
            }
            catch (StoreUnavailableException e)
            {
                Log.NotStarted(logger, e.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            var pause = options.Current.Interval < TimeSpan.FromMinutes(1) ? options.Current.Interval : TimeSpan.FromMinutes(1);
            await Task.Delay(randomness.Around(pause, 0.2), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StartAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        if (!await on.IsOnAsync(organization, cancellationToken))
        {
            return;
        }

        var queue = queues.PollQueue(organization);
        var made = await queue.EnqueueAsync(new JobSpec { Id = ReconciliationJobs.PollId, State = ReconciliationJobs.Polling }, null, cancellationToken);
        if (made.Job is { Phase: JobPhase.Parked or JobPhase.Finished } stopped)
        {
            // Its handler failed again and again; polling must not end for that.
            await queue.ReviveAsync(ReconciliationJobs.PollId, stopped.State, ReconciliationJobs.Polling, options.Current.Interval, null, new OperationId(randomness.Id("op")), cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2103, LogLevel.Warning, "Reconciliation could not be started: {Reason}")]
        public static partial void NotStarted(ILogger logger, string reason);
    }
}
