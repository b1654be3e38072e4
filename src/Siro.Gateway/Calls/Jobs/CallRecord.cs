using Siro.Gateway.Common;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>A call as it is stored.</summary>
internal sealed record CallRecord
{
    public required string Id { get; init; }

    public required string State { get; init; }

    public required OrganizationKey Organization { get; init; }

    public required ClientName Client { get; init; }

    /// <summary>The Siro user whose token the upload uses.</summary>
    public UserId? ActingUser { get; init; }

    /// <summary>The configured source that it came from, or null for <c>POST /v1/calls</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Null where it can't be decrypted any more.</summary>
    public CallNotice? Notice { get; init; }

    public string? UploadId { get; init; }

    public string? RecordingId { get; init; }

    /// <summary>Tries of the recording that have failed since the last person's retry.</summary>
    public int Tries { get; init; }

    /// <summary>Since when it is being tried.</summary>
    public DateTimeOffset TriedSince { get; init; }

    public CallFailure? Failure { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public static CallRecord Of(StoredJob<CallData> job) => new()
    {
        Id = job.Id.Value,
        State = job.State,
        Organization = new OrganizationKey(job.Partition),
        Client = new ClientName(job.Client ?? ""),
        ActingUser = job.Data.User is { } user ? new UserId(user) : null,
        Source = job.Data.Source,
        Notice = job.Data.Notice,
        UploadId = job.Data.Upload,
        RecordingId = job.Data.Recording,
        Tries = job.Data.Tries,
        TriedSince = job.Data.Since ?? job.CreatedAt,
        Failure = job.Data.Failure,
        CreatedAt = job.CreatedAt,
        UpdatedAt = job.UpdatedAt,
        DueAt = job.Phase == JobPhase.Queued ? job.DueAt : null,
    };
}
