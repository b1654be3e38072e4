using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Gateway.Client.Uploads;

/// <summary>How an upload is sent.</summary>
public sealed record UploadOptions
{
    /// <summary>
    /// 1 to 255 visible ASCII characters; the call's own id is a good one. The same key makes one recording, however often the upload is
    /// sent within 24 hours.
    /// Without it a new one is made, which <see cref="UploadResult.IdempotencyKey"/> tells.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Answer as soon as the bytes are at Siro's storage; the recording is created in the background.</summary>
    public bool RespondAsync { get; init; }

    /// <summary>Told how many bytes have gone; starts again from 0 when a broken upload is sent again.</summary>
    public IProgress<UploadProgress>? Progress { get; init; }
}

/// <summary>How far an upload is.</summary>
/// <param name="BytesSent">Bytes of the file that have gone.</param>
/// <param name="TotalBytes">The file's length.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct UploadProgress(long BytesSent, long TotalBytes);

/// <summary>
/// What is known of a recording. At least one of <see cref="UserId"/>, <see cref="UserEmail"/> and <see cref="UserPhone"/>: without a rep
/// Siro never processes it.
/// </summary>
public sealed record UploadMetadata
{
    /// <summary>The rep's Siro user id, the surest.</summary>
    public string? UserId { get; init; }

    /// <summary>The rep's email.</summary>
    public string? UserEmail { get; init; }

    /// <summary>The rep's phone number.</summary>
    public string? UserPhone { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Title { get; init; }

    /// <summary>When the conversation began (not when it is uploaded); not in the future.</summary>
    public DateTimeOffset? DateCreated { get; init; }

    /// <summary>A <c>conversationType</c> of <c>GET /v1/conversation-types</c>.</summary>
    public string? ConversationType { get; init; }

    /// <summary>The CRM connection that <see cref="CrmObjects"/> belong to.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>CRM objects to link; each must have been synced before. Needs <see cref="IntegrationConnectionId"/>.</summary>
    public IReadOnlyList<CrmObject>? CrmObjects { get; init; }

    /// <summary>The customer; ignored by Siro where <see cref="CrmObjects"/> are given.</summary>
    public string? CustomerName { get; init; }

    /// <summary>The customer's phone number; ignored by Siro where <see cref="CrmObjects"/> are given.</summary>
    public string? CustomerPhone { get; init; }

    /// <summary>Siro's id of the organization.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>Whether others find the recording.</summary>
    public bool? Discoverable { get; init; }

    /// <summary><c>closed</c>, <c>not closed</c> or <c>in progress</c>.</summary>
    public string? Result { get; init; }
}

/// <summary>An object of the CRM.</summary>
/// <param name="ObjectType">Opportunity, Account, Contact, Lead, Engagement, Event or ServiceAppointment.</param>
/// <param name="ObjectId">Its id in the CRM.</param>
public sealed record CrmObject(string ObjectType, string ObjectId);

/// <summary>The answer to an upload.</summary>
public sealed record UploadResult
{
    /// <summary>The upload's id (<c>up_...</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The recording's id; null while it is still being created (202).</summary>
    public string? RecordingId { get; init; }

    /// <summary><c>created</c>, or the state that it has reached.</summary>
    public required string Status { get; init; }

    /// <summary>The file's SHA-256, in hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The file's length.</summary>
    public long Bytes { get; init; }

    /// <summary><c>mp3</c>, <c>aac</c> or <c>wav</c>, by its bytes.</summary>
    public required string FileType { get; init; }

    /// <summary>What Siro does without a word.</summary>
    public IReadOnlyList<UploadWarning> Warnings { get; init; } = [];

    /// <summary>An earlier request with the same key made it.</summary>
    [JsonIgnore]
    public bool IsReplayed { get; init; }

    /// <summary>The key that it was sent under.</summary>
    [JsonIgnore]
    public string IdempotencyKey { get; init; } = "";
}

/// <summary>Something that did not stop the upload.</summary>
/// <param name="Code">For example <c>crm_objects_unverified</c>.</param>
/// <param name="Message">The same for people.</param>
public sealed record UploadWarning(string Code, string Message);

/// <summary>Why an upload ended, or what it is waiting for.</summary>
/// <param name="Code">As of <see cref="SiroGatewayErrorCodes"/>.</param>
/// <param name="Detail">The same for people.</param>
/// <param name="SiroStatus">Siro's or the storage's status.</param>
/// <param name="Siro">What Siro said.</param>
public sealed record UploadError(string Code, string Detail, int? SiroStatus, JsonElement? Siro);

/// <summary>A recording that an uncertain upload may have made.</summary>
/// <param name="RecordingId">Its id.</param>
/// <param name="Title">Its title.</param>
/// <param name="UserId">Its rep.</param>
/// <param name="CreatedAt">Its time.</param>
/// <param name="Same">What it has in common with the upload: <c>rep</c>, <c>title</c>, <c>time</c>.</param>
public sealed record LikelyMatch(string RecordingId, string? Title, string? UserId, DateTimeOffset? CreatedAt, IReadOnlyList<string> Same);

/// <summary>An upload and where it stands.</summary>
public sealed record UploadView
{
    /// <summary>The upload's id.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// <c>received</c>, <c>signed</c>, <c>stored</c>, <c>creating</c>, <c>created</c>, <c>failed</c>, <c>uncertain</c> or
    /// <c>bytes_expired</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>The recording's id once it is created.</summary>
    public string? RecordingId { get; init; }

    /// <summary>The file's SHA-256, in hex.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The file's length.</summary>
    public long Bytes { get; init; }

    /// <summary><c>mp3</c>, <c>aac</c> or <c>wav</c>.</summary>
    public string? FileType { get; init; }

    /// <summary>The file's name as it was sent.</summary>
    public string? FileName { get; init; }

    /// <summary>Bytes at Siro's storage.</summary>
    public long BytesStored { get; init; }

    /// <summary>0 to 100.</summary>
    public int Percent { get; init; }

    /// <summary>How often steps were tried.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it ended or waits, the newest last.</summary>
    public IReadOnlyList<UploadError> Errors { get; init; } = [];

    /// <summary>What Siro does without a word.</summary>
    public IReadOnlyList<UploadWarning> Warnings { get; init; } = [];

    /// <summary><see cref="UploadsClient.RetryAsync"/> is allowed.</summary>
    public bool Retryable { get; init; }

    /// <summary>The client that sent it.</summary>
    public string? Client { get; init; }

    /// <summary>The Siro user whose token created it.</summary>
    public string? ActingUser { get; init; }

    /// <summary>As it was sent.</summary>
    public UploadMetadata? Metadata { get; init; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>For an uncertain upload: what it may have made. Null when Siro could not be asked.</summary>
    public IReadOnlyList<LikelyMatch>? LikelyMatches { get; init; }
}
