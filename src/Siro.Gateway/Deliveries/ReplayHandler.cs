using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Carries out replays as stored jobs, so that a large one survives the process that took it. The partition is the organization.</summary>
internal sealed partial class ReplayHandler(
    SubscriptionRegistry registry, Replays replays, ReplayControl control, StoreClock clock, ILogger<ReplayHandler> logger) : IJobHandler
{
    public static readonly JobKind Kind = new("replay");

    /// <summary>Most replayed deliveries of a subscription that wait: a replay goes on when they have become fewer.</summary>
    private const int MostAhead = 4000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a replay waits in its place for an endpoint that takes what waits quickly: as long as this many have gone each time. A
    /// slower one's replay leaves its place to others meanwhile.
    /// </summary>
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(25);

    private const int QuicklyGone = 25;

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
        var asked = control.ReadAsync(job.Job.Id.Value, cancellationToken);
        Task<ReplayPage>? ahead = null;
        try
        {
            while (at is { } from && done < filter.Limit)
            {
                switch (await asked)
                {
                    case ReplayControl.Pause:
                        return JobOutcome.Park(ReplayState.Paused, keepFor: TimeSpan.FromDays(1));
                    case ReplayControl.Cancel:
                        return JobOutcome.Done(ReplayState.Cancelled);
                }

                while (waiting >= MostAhead)
                {
                    await clock.Delay(ShortPause, cancellationToken);
                    var left = await replays.WaitingAsync(subscription, cancellationToken);
                    if (left >= MostAhead && left > waiting - QuicklyGone)
                    {
                        // Its place is free for other replays meanwhile; how far it got is stored.
                        return JobOutcome.RetryAfter(Pause);
                    }

                    waiting = left;
                }

                // While one page is made due, the next is read.
                var page = await (ahead ?? replays.PageAsync(subscription, filter, from, cancellationToken));
                ahead = page.Next is { } next && done + page.Jobs.Count < filter.Limit
                    ? replays.PageAsync(subscription, filter, next, cancellationToken)
                    : null;
                asked = control.ReadAsync(job.Job.Id.Value, cancellationToken);
                var taken = page.Jobs.Take(filter.Limit - done).ToList();
                waiting = await replays.RepeatAsync(subscription, filter, job.Job.Id.Value, taken, cancellationToken);
                done += taken.Count;
                at = page.Next;
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
        }
        finally
        {
            await Task.WhenAll(asked, ahead ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
