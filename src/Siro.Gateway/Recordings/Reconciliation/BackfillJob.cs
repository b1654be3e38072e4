using System.Text.Json.Serialization;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>A backfill by date range; the partition is the organization.</summary>
internal static class BackfillJob
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Finished = "finished";
    public const string Failed = "failed";

    public static readonly Job<BackfillData> Declaration = new(
        "backfill", new JobStates(Queued, Active: [Running], Stopped: [Failed], Done: [Finished]), ReconciliationJson.Default.BackfillData)
    {
        // Two of one organization would only share the same budget.
        Limits = new JobLimits(Concurrency: 1),
        Retries = RetrySchedule.Growing(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), retries: 49),
    };
}

/// <summary>A range of dates, and how far it is announced.</summary>
internal sealed record BackfillData
{
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? From { get; init; }

    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? To { get; init; }

    /// <summary>The next page; null for the first.</summary>
    public string? Cursor { get; init; }

    /// <summary>Looked at so far.</summary>
    public long Recordings { get; init; }

    /// <summary>Events made so far.</summary>
    public long Announced { get; init; }

    /// <summary>The last problem's code, or null.</summary>
    public string? Error { get; init; }
}
