using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

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

    public long Revision { get; init; }
}

/// <summary>Reads and writes calls as jobs. The notice is encrypted: it names people, and its URL may grant access.</summary>
internal sealed class CallRecords(StoreCipher cipher)
{
    public static readonly JobKind Kind = new("call");

    public Dictionary<string, string> Fields(string id, CallNotice notice, UserId? actingUser, string? source)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["notice"] = Seal(id, notice) };
        if (actingUser is { } user)
        {
            fields["user"] = user.Value;
        }

        if (source is not null)
        {
            fields["source"] = source;
        }

        return fields;
    }

    public string Seal(string id, CallNotice notice) => cipher.Seal(notice, Context(id));

    public static (string, string?) Failure(CallFailure? failure) => ("failure", failure is null ? null : JobFields.Json(failure));

    public static (string, string?) Tries(int tries) => ("tries", tries == 0 ? null : JobFields.Text(tries));

    public static (string, string?) TriedSince(DateTimeOffset since) => ("since", JobFields.Text(since));

    public CallRecord Read(Job job) => new()
    {
        Id = job.Id.Value,
        State = job.State,
        Organization = new OrganizationKey(job.Partition),
        Client = new ClientName(job.Client ?? ""),
        ActingUser = job["user"] is { } user ? new UserId(user) : null,
        Source = job["source"],
        Notice = cipher.Open<CallNotice>(job["notice"], Context(job.Id.Value)),
        UploadId = job["upload"],
        RecordingId = job["recording"],
        Tries = (int)job.Number("tries"),
        TriedSince = job.Moment("since") ?? job.CreatedAt,
        Failure = job.Json<CallFailure>("failure"),
        CreatedAt = job.CreatedAt,
        UpdatedAt = job.UpdatedAt,
        DueAt = job.Phase == JobPhase.Queued ? job.DueAt : null,
        Revision = job.Revision,
    };

    private static string Context(string id) => $"call:{id}:notice";
}
