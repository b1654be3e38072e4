using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>An upload as it is stored.</summary>
internal sealed record UploadRecord
{
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

    /// <summary>When it came to each of the states on its way, the last time; those that it passed in one go with the next are not there.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> StepTimes { get; init; } = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);

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
            : [new UploadWarning("leading_bytes_skipped", $"{SkippedBytes} bytes before the first MP3 frame are no audio; players pass over them. The file was passed on unchanged."), .. warnings];
    }

    /// <summary>Its caller was told 202: a repeat of the request is told the same.</summary>
    public bool AnsweredEarly { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it goes on, where it waits in the queue.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>It failed, but not for good: Siro, its storage or this replica's disk was away for longer than it was tried.</summary>
    public bool MayPass => State is UploadState.BytesExpired
        || (State is UploadState.Failed && Failures is not [.., { Verdict: StepVerdict.Refused or StepVerdict.Uncertain, Code: not StepFailure.SpoolDamaged }]);

    /// <summary>Its place in lists.</summary>
    public long Position { get; init; }
}

/// <summary>Reads and writes uploads as jobs. What is personal or grants access (metadata, file name, download URL) is encrypted.</summary>
internal sealed class UploadRecords(StoreCipher cipher)
{
    private const string At = "at-";

    /// <summary>Most failures kept.</summary>
    private const int MaxFailures = 5;

    /// <summary>The fields of a new job.</summary>
    public Dictionary<string, string> Fields(string id, UploadOwner owner, ReceivedFile file, UploadMetadata metadata) => new(StringComparer.Ordinal)
    {
        ["user"] = owner.ActingUser.Value,
        ["sha256"] = file.Sha256,
        ["bytes"] = JobFields.Text(file.Bytes),
        ["type"] = file.Format.Name(),
        ["fingerprint"] = Fingerprint(owner, file, metadata),
        ["metadata"] = cipher.Seal(new Private(metadata, file.FileName), Context(id, "metadata")),
        ["warnings"] = JobFields.Json(CreateBody.Silent(metadata)),
        ["skipped"] = JobFields.Text(file.SkippedBytes),
    };

    /// <summary>The fields that change when an upload's metadata do.</summary>
    public Dictionary<string, string?> Described(UploadRecord upload, UploadMetadata metadata) => JobFields.Changes(
        ("fingerprint", upload.Sha256 + "." + metadata.Fingerprint(upload.Owner.Organization.Value, upload.Owner.ActingUser.Value)),
        ("metadata", cipher.Seal(new Private(metadata, upload.FileName), Context(upload.Id, "metadata"))),
        ("warnings", JobFields.Json(CreateBody.Silent(metadata))));

    /// <summary>Of file, metadata and owner.</summary>
    public static string Fingerprint(UploadOwner owner, ReceivedFile file, UploadMetadata metadata) =>
        file.Sha256 + "." + metadata.Fingerprint(owner.Organization.Value, owner.ActingUser.Value);

    /// <summary>The field that keeps step 1's download URL.</summary>
    public (string, string?) DownloadUrl(string id, Secret url) => ("url", cipher.Encrypt(url, Context(id, "url")));

    /// <summary>The fields with the moment at which this state was come to.</summary>
    public static Dictionary<string, string?> Reached(Dictionary<string, string?>? fields, string state, DateTimeOffset at) =>
        new(fields ?? [], StringComparer.Ordinal) { [At + state] = JobFields.Text(at) };

    public static (string, string?) StoredAt(DateTimeOffset at) => ("stored", JobFields.Text(at));

    public static (string, string?) Sent(long bytes) => ("sent", JobFields.Text(bytes));

    public static (string, string?) RecordingId(string id) => ("recording", id);

    public static (string, string?) Warnings(IReadOnlyList<UploadWarning> warnings) => ("warnings", JobFields.Json(warnings));

    public static (string, string?) Retries(int retries) => ("retries", JobFields.Text(retries));

    public static (string, string?) AnsweredEarly() => ("early", "1");

    public static (string, string?) Failure(Job job, StepFailure failure) =>
        ("failures", JobFields.Json(Failures(job).Append(failure).TakeLast(MaxFailures)));

    public UploadRecord Read(Job job)
    {
        var id = job.Id.Value;
        var secret = cipher.Open<Private>(job["metadata"], Context(id, "metadata"));
        var bytes = job.Number("bytes");
        return new UploadRecord
        {
            Id = id,
            State = job.State,
            Owner = new UploadOwner(new OrganizationKey(job.Partition), new ClientName(job.Client ?? ""), new UserId(job["user"] ?? "")),
            Sha256 = job["sha256"] ?? "",
            Bytes = bytes,
            Format = AudioFormats.Parse(job["type"]) ?? AudioFormat.Mp3,
            Fingerprint = job["fingerprint"] ?? "",
            Metadata = secret?.Metadata,
            FileName = secret?.FileName,
            DownloadUrl = cipher.Decrypt(job["url"], Context(id, "url")),
            StoredAt = job.Moment("stored"),
            StepTimes = Steps(job),
            RecordingId = job["recording"],
            Sent = job["stored"] is not null ? bytes : job.Number("sent"),
            Retries = (int)job.Number("retries"),
            Failures = Failures(job),
            SkippedBytes = (int)job.Number("skipped"),
            Warnings = job.Json<List<UploadWarning>>("warnings") ?? [],
            AnsweredEarly = job["early"] is not null,
            CreatedAt = job.CreatedAt,
            UpdatedAt = job.UpdatedAt,
            DueAt = job.Phase == JobPhase.Queued ? job.DueAt : null,
            Position = job.Position,
        };
    }

    private static Dictionary<string, DateTimeOffset> Steps(Job job)
    {
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal) { [UploadState.Received] = job.CreatedAt };
        foreach (var state in new[] { UploadState.Signed, UploadState.Stored, UploadState.Creating })
        {
            if ((job.Moment(At + state) ?? (state == UploadState.Stored ? job.Moment("stored") : null)) is { } at)
            {
                times[state] = at;
            }
        }

        if (job.State == UploadState.Created)
        {
            times[UploadState.Created] = job.UpdatedAt;
        }

        return times;
    }

    private static List<StepFailure> Failures(Job job) => job.Json<List<StepFailure>>("failures") ?? [];

    private static string Context(string id, string field) => $"upload:{id}:{field}";

    /// <summary>What only the gateway reads.</summary>
    private sealed record Private(UploadMetadata Metadata, string? FileName);
}
