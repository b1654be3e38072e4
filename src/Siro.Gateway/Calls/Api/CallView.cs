using Siro.Gateway.Calls.Jobs;

namespace Siro.Gateway.Calls.Api;

/// <summary>A call as callers see it.</summary>
public sealed record CallView
{
    /// <summary>The gateway's id.</summary>
    public required string Id { get; init; }

    /// <summary>notified, waiting, fetching, forwarding, created, needs_rep, failed, uncertain.</summary>
    public required string Status { get; init; }

    /// <summary>The provider's id.</summary>
    public string? SourceId { get; init; }

    /// <summary>The configured source, or null for one given by a client.</summary>
    public string? Source { get; init; }

    /// <summary>The client that it belongs to.</summary>
    public string? Client { get; init; }

    /// <summary>When the call began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The rep as far as known.</summary>
    public CallRep? Rep { get; init; }

    /// <summary>The customer as far as known.</summary>
    public CallCustomer? Customer { get; init; }

    /// <summary>The title.</summary>
    public string? Title { get; init; }

    /// <summary>The upload that forwards it: <c>/v1/uploads/{uploadId}</c>.</summary>
    public string? UploadId { get; init; }

    /// <summary>Siro's recording, once there.</summary>
    public string? RecordingId { get; init; }

    /// <summary>Failed tries of the recording so far.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it waits or stopped.</summary>
    public CallErrorView? Error { get; init; }

    /// <summary>When it is tried next; null when nothing is planned.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When the gateway learned of it.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last change.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    internal static CallView Of(CallRecord call) => new()
    {
        Id = call.Id,
        Status = call.State,
        SourceId = call.Notice?.SourceId,
        Source = call.Source,
        Client = call.Client.Value,
        StartedAt = call.Notice?.StartedAt,
        Rep = call.Notice?.Rep,
        Customer = call.Notice?.Customer,
        Title = call.Notice?.Title,
        UploadId = call.UploadId,
        RecordingId = call.RecordingId,
        Attempts = call.Tries,
        Error = call.Failure is { } failure
            ? new CallErrorView(failure.Code, failure.Detail, failure.UploadTries ?? call.Tries, NextAttempt(call))
            : null,
        NextAttemptAt = NextAttempt(call),
        CreatedAt = call.CreatedAt,
        UpdatedAt = call.UpdatedAt,
    };

    private static DateTimeOffset? NextAttempt(CallRecord call) => call.State switch
    {
        CallState.Waiting => call.DueAt,
        CallState.Forwarding => call.Failure?.UploadDueAt,
        _ => null,
    };
}

/// <summary>Why a call waits or stopped.</summary>
/// <param name="Code">Stable; docs/calls.md.</param>
/// <param name="Detail">A sentence.</param>
/// <param name="Attempts">Failed tries so far: of the recording, or of its upload while the call is <c>forwarding</c>.</param>
/// <param name="NextAttemptAt">When it is tried again; null where that is left to a person.</param>
public sealed record CallErrorView(string Code, string Detail, int Attempts, DateTimeOffset? NextAttemptAt);

/// <summary>A page of calls, newest first.</summary>
public sealed record CallList(IReadOnlyList<CallView> Data, string? Cursor);

/// <summary>How many calls were put back to work.</summary>
public sealed record CallRetryAnswer(int Retried, string? Cursor);
