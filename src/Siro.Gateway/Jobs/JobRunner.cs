using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Runs one claimed job and writes its outcome. Workers use it, and so does a request that runs its own job
/// (<see cref="JobQueue.EnqueueClaimedAsync"/>), so that both end a job in the same way.
/// </summary>
internal sealed partial class JobRunner(StoreClock clock, Randomness randomness, JobMetrics metrics, ILogger<JobRunner> logger)
{
    /// <summary>Counts how often in a row the handler threw.</summary>
    private const string Crashes = "~crashes";

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Runs the job, writes the outcome and disposes the lease. Answers with the outcome that was written;
    /// <see cref="JobOutcome.Settled"/> when the lease was lost.
    /// </summary>
    /// <param name="cancellationToken">When cancelled, the handler is cancelled and the job given back.</param>
    public async Task<JobOutcome> RunAsync(
        JobLease lease, IJobHandler handler, JobWorkerOptions options, CancellationToken cancellationToken)
    {
        await using (lease)
        {
            var started = clock.Timestamp();
            using var activity = GatewayActivities.Job(lease.Job.Kind.Value, lease.Job[GatewayActivities.TraceField], lease.Job.Attempt);
            var outcome = await HandleAsync(lease, handler, options, cancellationToken);
            if (!await ApplyAsync(lease, outcome))
            {
                Lost(lease);
                outcome = JobOutcome.Settled;
            }

            metrics.Ended(lease.Job.Kind, outcome.Kind, clock.Since(started));
            activity?.SetTag("siro.gateway.job.outcome", outcome.Kind.ToString().ToLowerInvariant());
            return outcome;
        }
    }

    /// <summary>Runs one of several jobs whose outcomes are written together (<see cref="JobQueue.SettleAsync"/>).</summary>
    /// <param name="stop">Cancelled when the lease is lost, too.</param>
    public async Task<JobOutcome> RunOneAsync(JobLease lease, IJobHandler handler, JobWorkerOptions options, CancellationToken stop)
    {
        var started = clock.Timestamp();
        using var activity = GatewayActivities.Job(lease.Job.Kind.Value, lease.Job[GatewayActivities.TraceField], lease.Job.Attempt);
        var outcome = await OutcomeAsync(lease, handler, options, stop);
        metrics.Ended(lease.Job.Kind, outcome.Kind, clock.Since(started));
        activity?.SetTag("siro.gateway.job.outcome", outcome.Kind.ToString().ToLowerInvariant());
        return outcome;
    }

    /// <summary>An end that was refused, because the lease was lost.</summary>
    public void Lost(JobLease lease)
    {
        metrics.Lost(lease.Job.Kind);
        Log.Lost(logger, lease.Job.Kind, lease.Job.Id);
    }

    private async Task<JobOutcome> HandleAsync(
        JobLease lease, IJobHandler handler, JobWorkerOptions options, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, cancellationToken);
        return await OutcomeAsync(lease, handler, options, stop.Token);
    }

    private async Task<JobOutcome> OutcomeAsync(JobLease lease, IJobHandler handler, JobWorkerOptions options, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            return JobOutcome.GiveBack;
        }

        try
        {
            var outcome = await handler.RunAsync(lease, stop);
            return outcome.Kind == JobOutcomeKind.Retry && lease.Job[Crashes] is not null ? outcome.With(Crashes, null) : outcome;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return JobOutcome.GiveBack;
        }
        catch (StoreUnavailableException e)
        {
            Log.Unavailable(logger, lease.Job.Kind, lease.Job.Id, e.Message);
            return JobOutcome.RetryAfter(randomness.Around(TimeSpan.FromSeconds(2), 0.5));
        }
        catch (Exception e)
        {
            var crashes = (int.TryParse(lease.Job[Crashes], out var before) ? before : 0) + 1;
            Log.Crashed(logger, e, lease.Job.Kind, lease.Job.Id, crashes);
            var fields = new Dictionary<string, string?>(
                StringComparer.Ordinal) { [Crashes] = crashes.ToString(System.Globalization.CultureInfo.InvariantCulture) };
            return crashes >= options.CrashLimit
                ? JobOutcome.Park(options.CrashedState, fields, options.CrashedKeepFor)
                : JobOutcome.RetryAfter(randomness.Around(Pause(crashes), 0.2), fields: fields);
        }
    }

    private static TimeSpan Pause(int crashes)
    {
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(crashes, 10) - 1));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>
    /// Writes until the store answers. False when the lease was lost; an end is tried once even if the time is up, since nobody may have
    /// taken over.
    /// </summary>
    private async Task<bool> ApplyAsync(JobLease lease, JobOutcome outcome)
    {
        if (outcome.Kind == JobOutcomeKind.Settled || lease.IsEnded)
        {
            return true;
        }

        while (true)
        {
            try
            {
                var written = outcome.Kind switch
                {
                    JobOutcomeKind.Done or JobOutcomeKind.Failed =>
                        await lease.CompleteAsync(outcome.State!, outcome.Fields, outcome.KeepFor, CancellationToken.None),
                    JobOutcomeKind.Park => await lease.ParkAsync(outcome.State!, outcome.Fields, outcome.KeepFor, CancellationToken.None),
                    JobOutcomeKind.Retry =>
                        await lease.RescheduleAsync(outcome.Delay, outcome.State, outcome.Fields, CancellationToken.None),
                    _ => await lease.GiveBackAsync(CancellationToken.None),
                };
                return written == JobWrite.Written;
            }
            catch (StoreUnavailableException e)
            {
                Log.Unavailable(logger, lease.Job.Kind, lease.Job.Id, e.Message);
                if (!lease.IsHeld)
                {
                    return false;
                }
            }

            await clock.Delay(randomness.Around(TimeSpan.FromMilliseconds(300), 0.5), CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1231, LogLevel.Warning, "{Kind} {Job}: the lease was lost; another replica goes on")]
        public static partial void Lost(ILogger logger, JobKind kind, JobId job);

        [LoggerMessage(1232, LogLevel.Warning, "{Kind} {Job}: the store was unavailable: {Reason}")]
        public static partial void Unavailable(ILogger logger, JobKind kind, JobId job, string reason);

        [LoggerMessage(1233, LogLevel.Error, "{Kind} {Job}: the handler failed {Crashes} times in a row")]
        public static partial void Crashed(ILogger logger, Exception exception, JobKind kind, JobId job, int crashes);
    }
}
