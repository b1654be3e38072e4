using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>The names that polling and backfill share with the job engine.</summary>
internal static class ReconciliationJobs
{
    /// <summary>One endless job an organization: a poll, a pause, a poll.</summary>
    public static readonly JobKind Poll = new("reconcile");

    /// <summary>A backfill by date range; one at a time an organization.</summary>
    public static readonly JobKind Backfill = new("backfill");

    /// <summary>The one poll of an organization.</summary>
    public static readonly JobId PollId = new("poll");

    /// <summary>State words.</summary>
    public const string Polling = "polling";
    public const string Off = "off";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Finished = "finished";
    public const string Failed = "failed";

    public static JobQueue PollQueue(this JobQueues queues, OrganizationKey organization) => queues.Queue(Poll, organization.Value);

    public static JobQueue BackfillQueue(this JobQueues queues, OrganizationKey organization) => queues.Queue(Backfill, organization.Value);
}
