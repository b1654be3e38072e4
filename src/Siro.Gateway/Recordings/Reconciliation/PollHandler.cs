using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>
/// One poll: from the high-water mark, less the overlap, to the end of the list; what is ready or deleted is announced. The events remember
/// what was announced before.
/// </summary>
internal sealed partial class PollHandler(
    RecordingPages pages, IEventFeed feed, ReconciliationSwitch on, ISettings<ReconciliationOptions> options, Randomness randomness,
    ReconciliationMetrics metrics, TimeProvider time, ILogger<PollHandler> logger) : IJobHandler<PollData>
{
    public async Task<JobOutcome> RunAsync(JobClaim<PollData> claim, CancellationToken cancellationToken)
    {
        var organization = new OrganizationKey(claim.Partition);
        var settings = options.Current;
        var pause = randomness.Around(settings.Interval, 0.1);
        if (!await on.IsOnAsync(organization, cancellationToken))
        {
            return claim.RetryAfter(pause, PollJob.Off, new PollData());
        }

        // Switched on now, for the first time or again: what came before is history, which only a backfill announces.
        var isFirst = claim.State == PollJob.Off;
        var start = isFirst ? claim.Job.UpdatedAt : claim.Data.Start ?? claim.Job.CreatedAt;
        var mark = isFirst ? start : claim.Data.Mark ?? start;
        var from = mark - settings.Overlap is var back && back > start ? back : start;
        var filter = "updatedAt:gte=" + Uri.EscapeDataString(Iso8601.Text(from));
        var data = claim.Data with
        {
            Start = start, Mark = mark, Seen = claim.Data.Seen ?? mark,
            Begun = claim.Data.Cursor is null ? time.GetUtcNow() : claim.Data.Begun,
        };
        var announced = 0;
        try
        {
            do
            {
                var (recordings, cursor) = await pages.ReadAsync(organization, filter, settings.PageSize, data.Cursor, cancellationToken);
                data = data with { Cursor = cursor };
                foreach (var recording in recordings)
                {
                    var isNew = await feed.AnnounceAsync(
                        organization, recording.Id, recording.State, EventSource.Reconciliation, cancellationToken);
                    announced += isNew ? 1 : 0;
                    data = recording.UpdatedAt > data.Seen ? data with { Seen = recording.UpdatedAt } : data;
                }

                metrics.Page(organization, recordings.Count);
                if (cursor is not null && await claim.SaveAsync(PollJob.Polling, data, cancellationToken) == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }
            }
            while (data.Cursor is not null);
        }
        catch (ProblemException e)
        {
            metrics.Failed(organization, e.Problem.Code);
            Log.NotPolled(logger, organization.Value, e.Problem.Code);

            // A cursor may be what Siro refused; beginning the poll again costs pages, never events.
            var kept = e.Problem.Status is 404 or 422 ? data with { Seen = null, Cursor = null } : data;
            return claim.RetryAfter(e.Problem.RetryAfter ?? pause, PollJob.Polling, kept);
        }

        var next = data.NextMark()!.Value;
        metrics.Polled(organization, announced, next);
        if (announced > 0)
        {
            Log.Announced(logger, organization.Value, announced);
        }

        return claim.RetryAfter(pause, PollJob.Polling, new PollData { Start = start, Mark = next });
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Information, "Reconciliation of {Organization} announced {Count} recordings that no webhook had")]
        public static partial void Announced(ILogger logger, string organization, int count);

        [LoggerMessage(2102, LogLevel.Warning, "Reconciliation of {Organization} was postponed: {Code}")]
        public static partial void NotPolled(ILogger logger, string organization, string code);
    }
}
