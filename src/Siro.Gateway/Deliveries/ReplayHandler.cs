using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Carries out replays as stored jobs, so that a large one survives the process that took it. The partition is the organization.</summary>
internal sealed partial class ReplayHandler(SubscriptionRegistry registry, Replays replays, ReplayControl control, ILogger<ReplayHandler> logger) : IJobHandler
{
    public static readonly JobKind Kind = new("replay");

    /// <summary>Most replayed deliveries of a subscription that wait: a replay goes on when they have become fewer.</summary>
    private const int MostAhead = 4000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
    {
        var filter = ReplayFilter.FromFields(job.Job.Fields);
        if (await registry.FindAsync(new OrganizationKey(job.Job.Partition), new SubscriptionId(job.Job["subscription"] ?? ""), cancellationToken) is not { IsPull: false } subscription)
        {
            return JobOutcome.Done(ReplayState.Dropped);
        }

        long? at = long.Parse(job.Job["at"] ?? "0", CultureInfo.InvariantCulture);
        var done = int.Parse(job.Job["done"] ?? "0", CultureInfo.InvariantCulture);
        var waiting = await replays.WaitingAsync(subscription, cancellationToken);
        while (at is { } from && done < filter.Limit)
        {
            switch (await control.ReadAsync(job.Job.Id.Value, cancellationToken))
            {
                case ReplayControl.Pause:
                    return JobOutcome.Park(ReplayState.Paused, keepFor: TimeSpan.FromDays(1));
                case ReplayControl.Cancel:
                    return JobOutcome.Done(ReplayState.Cancelled);
            }

            if (waiting >= MostAhead)
            {
                // Its place is free for other replays meanwhile; how far it got is stored.
                return JobOutcome.RetryAfter(Pause);
            }

            var step = await replays.StepAsync(subscription, filter, from, filter.Limit - done, job.Job.Id.Value, cancellationToken);
            done += step.Count;
            (at, waiting) = (step.Next, step.Waiting);
            var saved = await job.SaveAsync(null, new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["at"] = (at ?? 0).ToString(CultureInfo.InvariantCulture),
                ["done"] = done.ToString(CultureInfo.InvariantCulture),
            }, cancellationToken);
            if (saved == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }
        }

        Log.Replayed(logger, job.Job.Id.Value, subscription.Partition, done);
        return JobOutcome.Done(ReplayState.Done);
    }

    private static partial class Log
    {
        [LoggerMessage(2050, LogLevel.Information, "Replay {Replay} of {Subscription} made {Count} deliveries due again")]
        public static partial void Replayed(ILogger logger, string replay, string subscription, int count);
    }
}

/// <summary>A replay's state words, as the API shows them.</summary>
internal static class ReplayState
{
    public const string Replaying = "replaying";
    public const string Paused = "paused";
    public const string Cancelled = "cancelled";

    /// <summary>All that the filter covered is due again.</summary>
    public const string Done = "done";

    /// <summary>The subscription was deleted.</summary>
    public const string Dropped = "dropped";
}
