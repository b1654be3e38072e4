using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>An upload as it is stored.</summary>
internal sealed record UploadRecord
{
    /// <summary>The job as it was read.</summary>
    public required StoredJob<UploadData> Job { get; init; }

    public required string Id { get; init; }

    public required string State { get; init; }

    public required UploadOwner Owner { get; init; }

    public required string Sha256 { get; init; }

    public required long Bytes { get; init; }

    public required AudioFormat Format { get; init; }

    /// <summary>Of file, metadata and owner: two requests with one are the same upload.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Null where it can't be decrypted any more.</summary>
    public UploadMetadata? Metadata { get; init; }

    public string? FileName { get; init; }

    /// <summary>Names the file in step 3.</summary>
    public Secret? DownloadUrl { get; init; }

    /// <summary>When the storage had every byte.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>
    /// When it came to each of the states on its way, the last time; those that it passed in one go with the next are not there.
    /// </summary>
    public IReadOnlyDictionary<string, DateTimeOffset> StepTimes { get; init; } = new Dictionary<string, DateTimeOffset>(
        StringComparer.Ordinal);

    public string? RecordingId { get; init; }

    /// <summary>Bytes that the storage has taken.</summary>
    public long Sent { get; init; }

    /// <summary>Tries of steps that failed and were made again.</summary>
    public int Retries { get; init; }

    /// <summary>The last failures, the newest last.</summary>
    public IReadOnlyList<StepFailure> Failures { get; init; } = [];

    /// <summary>Bytes before the first frame that are neither audio nor a tag.</summary>
    public int SkippedBytes { get; init; }

    /// <summary>What Siro's contract can't carry, or Siro does in silence.</summary>
    public IReadOnlyList<UploadWarning> Warnings { get; init; } = [];

    /// <summary>All that its caller is warned of, before Siro has answered or after.</summary>
    /// <param name="early">As it was known when the upload began.</param>
    public IReadOnlyList<UploadWarning> AllWarnings(bool early = false)
    {
        var warnings = !early ? Warnings : Metadata is { } metadata ? [.. CreateBody.Silent(metadata)] : [];
        return SkippedBytes == 0
            ? warnings
            : [new UploadWarning("leading_bytes_skipped",
                $"{SkippedBytes} bytes before the first MP3 frame are no audio; players pass over them. The file was passed on "
                + "unchanged."), .. warnings];
    }

    /// <summary>Its caller was told 202: a repeat of the request is told the same.</summary>
    public bool AnsweredEarly { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it goes on, where it waits in the queue.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>It failed, but not for good: Siro, its storage or this replica's disk was away for longer than it was tried.</summary>
    public bool MayPass => State is UploadState.BytesExpired
        || (State is UploadState.Failed
            && Failures is not [.., { Verdict: StepVerdict.Refused or StepVerdict.Uncertain, Code: not StepFailure.SpoolDamaged }]);

    public static UploadRecord Of(StoredJob<UploadData> job)
    {
        var data = job.Data;
        return new UploadRecord
        {
            Job = job,
            Id = job.Id.Value,
            State = job.State,
            Owner = new UploadOwner(new OrganizationKey(job.Partition), new ClientName(job.Client ?? ""), new UserId(data.User ?? "")),
            Sha256 = data.Sha256 ?? "",
            Bytes = data.Bytes,
            Format = AudioFormats.Parse(data.Type) ?? AudioFormat.Mp3,
            Fingerprint = data.Fingerprint ?? "",
            Metadata = data.Metadata?.Metadata,
            FileName = data.Metadata?.FileName,
            DownloadUrl = data.Url is { } url ? new Secret(url) : null,
            StoredAt = data.Stored,
            StepTimes = Steps(job),
            RecordingId = data.Recording,
            Sent = data.Stored is null ? data.Sent : data.Bytes,
            Retries = data.Retries,
            Failures = data.Failures ?? [],
            SkippedBytes = data.Skipped,
            Warnings = data.Warnings ?? [],
            AnsweredEarly = data.Early,
            CreatedAt = job.CreatedAt,
            UpdatedAt = job.UpdatedAt,
            DueAt = job.Phase == JobPhase.Queued ? job.DueAt : null,
        };
    }

    private static Dictionary<string, DateTimeOffset> Steps(StoredJob<UploadData> job)
    {
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal) { [UploadState.Received] = job.CreatedAt };
        var (data, created) = (job.Data, job.State == UploadState.Created ? job.UpdatedAt : (DateTimeOffset?)null);
        foreach (var (state, moment) in new[]
        {
            (UploadState.Signed, data.AtSigned),
            (UploadState.Stored, data.AtStored ?? data.Stored),
            (UploadState.Creating, data.AtCreating),
            (UploadState.Created, created),
        })
        {
            if (moment is { } at)
            {
                times[state] = at;
            }
        }

        return times;
    }
}
