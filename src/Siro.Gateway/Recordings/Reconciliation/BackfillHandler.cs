using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>
/// Announces what was recorded in a range of dates and never announced before, page by page.
/// Fields: <c>from</c>, <c>to</c>, <c>client</c>, <c>cursor</c>, <c>recordings</c>, <c>announced</c>, <c>error</c>.
/// </summary>
internal sealed partial class BackfillHandler(RecordingPages pages, IEventFeed feed, ISettings<ReconciliationOptions> options, ReconciliationMetrics metrics, ILogger<BackfillHandler> logger) : IJobHandler
{
    private const int MaxAttempts = 50;

    /// <summary>One at a time an organization: two would only share the same budget.</summary>
    public JobLimits LimitsFor(string partition) => new(Concurrency: 1);

    public async Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken)
    {
        var organization = new OrganizationKey(job.Job.Partition);
        var from = Iso8601.Parse(job.Job["from"])!.Value;
        var to = Iso8601.Parse(job.Job["to"])!.Value;

        // Siro's createdAt filters are exclusive on both sides; the range includes its start and not its end.
        var filter = $"createdAt:gt={Uri.EscapeDataString(Iso8601.Text(from.AddMilliseconds(-1)))}&createdAt:lt={Uri.EscapeDataString(Iso8601.Text(to))}";
        var cursor = job.Job["cursor"];
        var recordings = job.Job.Number("recordings");
        var announced = job.Job.Number("announced");
        try
        {
            do
            {
                (var page, cursor) = await pages.ReadAsync(organization, filter, options.Current.PageSize, cursor, cancellationToken);
                foreach (var recording in page)
                {
                    announced += await feed.AnnounceAsync(organization, recording.Id, recording.State, EventSource.Reconciliation, cancellationToken) ? 1 : 0;
                }

                recordings += page.Count;
                metrics.Page(organization, page.Count);
                if (cursor is not null && await job.SaveAsync(ReconciliationJobs.Running, Fields(cursor, recordings, announced, null), cancellationToken) == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }
            }
            while (cursor is not null);
        }
        catch (ProblemException e) when (job.Job.Attempt < MaxAttempts && e.Problem.Status is not (403 or 404 or 422))
        {
            Log.PutOff(logger, job.Job.Id.Value, organization.Value, e.Problem.Code);
            return JobOutcome.RetryAfter(e.Problem.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(300, 5 * job.Job.Attempt)), null, Fields(cursor, recordings, announced, e.Problem.Code));
        }
        catch (ProblemException e)
        {
            return JobOutcome.Failed(ReconciliationJobs.Failed, Fields(cursor, recordings, announced, e.Problem.Code));
        }

        Log.Done(logger, job.Job.Id.Value, organization.Value, recordings, announced);
        return JobOutcome.Done(ReconciliationJobs.Finished, Fields(null, recordings, announced, null));
    }

    private static Dictionary<string, string?> Fields(string? cursor, long recordings, long announced, string? error) => JobFields.Changes(
        ("cursor", cursor), ("recordings", JobFields.Text(recordings)), ("announced", JobFields.Text(announced)), ("error", error));

    private static partial class Log
    {
        [LoggerMessage(2111, LogLevel.Information, "Backfill {Id} of {Organization} read {Recordings} recordings and announced {Announced}")]
        public static partial void Done(ILogger logger, string id, string organization, long recordings, long announced);

        [LoggerMessage(2112, LogLevel.Warning, "Backfill {Id} of {Organization} was postponed: {Code}")]
        public static partial void PutOff(ILogger logger, string id, string organization, string code);
    }
}
