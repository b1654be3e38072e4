using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>Announces what was recorded in a range of dates and never announced before, page by page.</summary>
internal sealed partial class BackfillHandler(
    RecordingPages pages, IEventFeed feed, ISettings<ReconciliationOptions> options, ReconciliationMetrics metrics,
    ILogger<BackfillHandler> logger)
    : IJobHandler<BackfillData>
{
    public async Task<JobOutcome> RunAsync(JobClaim<BackfillData> claim, CancellationToken cancellationToken)
    {
        var organization = new OrganizationKey(claim.Partition);
        var (id, data) = (claim.Job.Id.Value, claim.Data with { Error = null });

        // Siro's createdAt filters are exclusive on both sides; the range includes its start and not its end.
        var (after, before) = (Iso8601.Text(data.From!.Value.AddMilliseconds(-1)), Iso8601.Text(data.To!.Value));
        var filter = $"createdAt:gt={Uri.EscapeDataString(after)}&createdAt:lt={Uri.EscapeDataString(before)}";
        try
        {
            do
            {
                var (page, cursor) = await pages.ReadAsync(organization, filter, options.Current.PageSize, data.Cursor, cancellationToken);
                foreach (var recording in page)
                {
                    var isNew = await feed.AnnounceAsync(
                        organization, recording.Id, recording.State, EventSource.Reconciliation, cancellationToken);
                    data = isNew ? data with { Announced = data.Announced + 1 } : data;
                }

                data = data with { Recordings = data.Recordings + page.Count, Cursor = cursor };
                metrics.Page(organization, page.Count);
                if (cursor is not null && await claim.SaveAsync(BackfillJob.Running, data, cancellationToken) == JobWrite.LeaseLost)
                {
                    return JobOutcome.Settled;
                }
            }
            while (data.Cursor is not null);
        }
        catch (ProblemException e)
        {
            return OfProblem(claim, data with { Error = e.Problem.Code }, e.Problem);
        }

        Log.Done(logger, id, organization.Value, data.Recordings, data.Announced);
        return claim.Done(BackfillJob.Finished, data);
    }

    private JobOutcome OfProblem(JobClaim<BackfillData> claim, BackfillData data, Problem problem)
    {
        if (problem.Status is 403 or 404 or 422 || BackfillJob.Declaration.Retries!.After(claim.Job.Attempt) is not { } pause)
        {
            return claim.Failed(BackfillJob.Failed, data);
        }

        Log.PutOff(logger, claim.Job.Id.Value, claim.Partition, problem.Code);
        return claim.RetryAfter(problem.RetryAfter ?? pause, null, data);
    }

    private static partial class Log
    {
        [LoggerMessage(
            2111, LogLevel.Information, "Backfill {Id} of {Organization} read {Recordings} recordings and announced {Announced}")]
        public static partial void Done(ILogger logger, string id, string organization, long recordings, long announced);

        [LoggerMessage(2112, LogLevel.Warning, "Backfill {Id} of {Organization} was postponed: {Code}")]
        public static partial void PutOff(ILogger logger, string id, string organization, string code);
    }
}
