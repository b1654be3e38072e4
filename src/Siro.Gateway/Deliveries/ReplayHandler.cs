using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Carries out replays as stored jobs, so that a large one survives the process that took it.</summary>
internal sealed partial class ReplayHandler(
    SubscriptionRegistry registry, Replays replays, ReplayControl control, StoreClock clock, ILogger<ReplayHandler> logger)
    : IJobHandler<ReplayData>
{
    /// <summary>Most replayed deliveries of a subscription that wait: a replay goes on when they have become fewer.</summary>
    private const int MostAhead = 4000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a replay waits in its place for an endpoint that takes what waits quickly: as long as this many have gone each time. A
    /// slower one's replay leaves its place to others meanwhile.
    /// </summary>
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(25);

    private const int QuicklyGone = 25;

    public async Task<JobOutcome> RunAsync(JobClaim<ReplayData> claim, CancellationToken cancellationToken)
    {
        var (replay, filter, data) = (claim.Job.Id.Value, claim.Data.Filter, claim.Data);
        var (organization, id) = (new OrganizationKey(claim.Partition), new SubscriptionId(data.Subscription));
        if (await registry.FindAsync(organization, id, cancellationToken) is not { IsPull: false } subscription)
        {
            return claim.Done(ReplayState.Dropped);
        }

        long? at = data.At;
        var waiting = await replays.WaitingAsync(subscription, cancellationToken);
        var asked = control.ReadAsync(replay, cancellationToken);
        Task<ReplayPage>? ahead = null;

        // How far it is, is written while the next page is made due: a page that is made due again after a crash changes nothing.
        var saved = Task.FromResult(JobWrite.Written);
        try
        {
            while (at is { } from && data.Done < filter.Limit)
            {
                if (await asked is { } what && await saved == JobWrite.Written)
                {
                    return what == ReplayControl.Pause
                        ? claim.Park(ReplayState.Paused, keepFor: TimeSpan.FromDays(1))
                        : claim.Done(ReplayState.Cancelled);
                }

                while (waiting >= MostAhead)
                {
                    await clock.Delay(ShortPause, cancellationToken);
                    var left = await replays.WaitingAsync(subscription, cancellationToken);
                    if (left >= MostAhead && left > waiting - QuicklyGone && await saved == JobWrite.Written)
                    {
                        // Its place is free for other replays meanwhile; how far it got is stored.
                        return claim.RetryAfter(Pause);
                    }

                    waiting = left;
                }

                // While one page is made due, the next is read.
                var page = await (ahead ?? replays.PageAsync(subscription, filter, from, cancellationToken));
                ahead = page.Next is { } next && data.Done + page.Jobs.Count < filter.Limit
                    ? replays.PageAsync(subscription, filter, next, cancellationToken)
                    : null;
                asked = control.ReadAsync(replay, cancellationToken);
                var taken = page.Jobs.Take(filter.Limit - data.Done).ToList();
                waiting = await replays.RepeatAsync(subscription, filter, replay, taken, cancellationToken);
                at = page.Next;
                data = data with { At = at ?? 0, Done = data.Done + taken.Count };
                if (await saved == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }

                saved = claim.SaveAsync(null, data, cancellationToken);
            }

            if (await saved == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }
        }
        finally
        {
            await Task.WhenAll(asked, saved, ahead ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Log.Replayed(logger, replay, subscription.Partition, data.Done);
        return claim.Done(ReplayState.Done);
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

    /// <summary>It could not be carried out.</summary>
    public const string Failed = "failed";

    /// <summary>Whether it has ended for good.</summary>
    public static bool IsOver(string state) => state is Done or Cancelled or Dropped or Failed;
}
