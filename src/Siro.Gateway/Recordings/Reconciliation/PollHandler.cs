using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>
/// One poll: from the high-water mark, less the overlap, to the end of the list; what is ready or deleted is announced, whoever announced it before being remembered by the events.
/// Fields: <c>start</c> (nothing older is announced), <c>mark</c> (latest change seen in finished polls), <c>seen</c> and <c>cursor</c> (of a poll under way).
/// </summary>
internal sealed partial class PollHandler(
    RecordingPages pages, IEventFeed feed, ReconciliationSwitch on, ISettings<ReconciliationOptions> options, Randomness randomness,
    ReconciliationMetrics metrics, ILogger<PollHandler> logger) : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
    {
        var organization = new OrganizationKey(job.Job.Partition);
        var settings = options.Current;
        var pause = randomness.Around(settings.Interval, 0.1);
        if (!await on.IsOnAsync(organization, cancellationToken))
        {
            return JobOutcome.RetryAfter(pause, ReconciliationJobs.Off, Fields());
        }

        // Switched on now, for the first time or again: what came before is history, which only a backfill announces.
        var start = job.Job.State == ReconciliationJobs.Off ? job.Job.UpdatedAt : Iso8601.Parse(job.Job["start"]) ?? job.Job.CreatedAt;
        var mark = job.Job.State == ReconciliationJobs.Off ? start : Iso8601.Parse(job.Job["mark"]) ?? start;
        var from = mark - settings.Overlap is var back && back > start ? back : start;
        var cursor = job.Job["cursor"];
        var seen = Iso8601.Parse(job.Job["seen"]) ?? mark;
        var announced = 0;
        try
        {
            do
            {
                (var recordings, cursor) = await pages.ReadAsync(organization, "updatedAt:gte=" + Uri.EscapeDataString(Iso8601.Text(from)), settings.PageSize, cursor, cancellationToken);
                foreach (var recording in recordings)
                {
                    announced += await feed.AnnounceAsync(organization, recording.Id, recording.State, EventSource.Reconciliation, cancellationToken) ? 1 : 0;
                    seen = recording.UpdatedAt > seen ? recording.UpdatedAt.Value : seen;
                }

                metrics.Page(organization, recordings.Count);
                if (cursor is not null && await job.SaveAsync(ReconciliationJobs.Polling, Fields(start, mark, seen, cursor), cancellationToken) == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }
            }
            while (cursor is not null);
        }
        catch (ProblemException e)
        {
            // A cursor may be what Siro refused; beginning the poll again costs pages, never events.
            var keep = e.Problem.Status is not (404 or 422);
            metrics.Failed(organization, e.Problem.Code);
            Log.NotPolled(logger, organization.Value, e.Problem.Code);
            return JobOutcome.RetryAfter(e.Problem.RetryAfter ?? pause, ReconciliationJobs.Polling, Fields(start, mark, keep ? seen : null, keep ? cursor : null));
        }

        metrics.Polled(organization, announced, seen);
        if (announced > 0)
        {
            Log.Announced(logger, organization.Value, announced);
        }

        return JobOutcome.RetryAfter(pause, ReconciliationJobs.Polling, Fields(start, seen));
    }

    private static Dictionary<string, string?> Fields(DateTimeOffset? start = null, DateTimeOffset? mark = null, DateTimeOffset? seen = null, string? cursor = null) => JobFields.Changes(
        ("start", start is { } s ? Iso8601.Text(s) : null),
        ("mark", mark is { } m ? Iso8601.Text(m) : null),
        ("seen", seen is { } l ? Iso8601.Text(l) : null),
        ("cursor", cursor));

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Information, "Reconciliation of {Organization} announced {Count} recordings that no webhook had")]
        public static partial void Announced(ILogger logger, string organization, int count);

        [LoggerMessage(2102, LogLevel.Warning, "Reconciliation of {Organization} was postponed: {Code}")]
        public static partial void NotPolled(ILogger logger, string organization, string code);
    }
}
