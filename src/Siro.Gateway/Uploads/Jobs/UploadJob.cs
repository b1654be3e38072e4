using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Receiving;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>An upload as a stored job; the partition is the organization.</summary>
internal static class UploadJob
{
    /// <summary>How long a dead replica's upload waits to be taken over.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    public static readonly Job<UploadData> Declaration = new(
        "upload",
        new JobStates(
            UploadState.Received,
            Active: [UploadState.Signed, UploadState.Stored, UploadState.Creating],
            Stopped: [UploadState.Failed, UploadState.Uncertain, UploadState.BytesExpired],
            Done: [UploadState.Created]),
        UploadJson.Default.UploadData)
    {
        Worker = _ => new JobWorkerOptions { Lease = Lease },
        Overview = new JobOverview("uploads", "An upload", "are there enough replicas, and does Siro answer?")
        {
            HasPage = true,
            Problems =
            [
                new JobProblem(
                    UploadState.Uncertain,
                    "uploads_uncertain",
                    "1 upload may or may not be in Siro",
                    "{0} uploads may or may not be in Siro",
                    "Siro did not say whether it made the recording. Look whether it is there before you create it again.", "Decide"),
            ],
        },
    };
}

/// <summary>What is stored of an upload. What is personal or grants access is encrypted.</summary>
internal sealed record UploadData
{
    /// <summary>The Siro user as whom it is uploaded.</summary>
    public string? User { get; init; }

    public string? Sha256 { get; init; }

    public long Bytes { get; init; }

    /// <summary>The audio format's name.</summary>
    public string? Type { get; init; }

    /// <summary>Of file, metadata and owner: two requests with one are the same upload.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Null where it can't be decrypted any more.</summary>
    [Encrypted]
    public UploadDetails? Metadata { get; init; }

    /// <summary>What Siro's contract can't carry, or Siro does in silence.</summary>
    public IReadOnlyList<UploadWarning>? Warnings { get; init; }

    /// <summary>Bytes before the first frame that are neither audio nor a tag.</summary>
    public int Skipped { get; init; }

    /// <summary>Step 1's download URL, which names the file in step 3.</summary>
    [Encrypted]
    public string? Url { get; init; }

    /// <summary>When the storage had every byte.</summary>
    [JsonConverter(typeof(UnixMomentConverter))]
    public DateTimeOffset? Stored { get; init; }

    /// <summary>When it was signed last.</summary>
    [JsonPropertyName("at-signed")]
    [JsonConverter(typeof(UnixMomentConverter))]
    public DateTimeOffset? AtSigned { get; init; }

    /// <summary>When it came back to <c>stored</c>, to be created again.</summary>
    [JsonPropertyName("at-stored")]
    [JsonConverter(typeof(UnixMomentConverter))]
    public DateTimeOffset? AtStored { get; init; }

    /// <summary>When its creation began last.</summary>
    [JsonPropertyName("at-creating")]
    [JsonConverter(typeof(UnixMomentConverter))]
    public DateTimeOffset? AtCreating { get; init; }

    /// <summary>The recording's id in Siro.</summary>
    public string? Recording { get; init; }

    /// <summary>Bytes that the storage has taken.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Sent { get; init; }

    /// <summary>Tries of steps that failed and were made again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Retries { get; init; }

    /// <summary>Its caller was told 202: a repeat of the request is told the same.</summary>
    [JsonConverter(typeof(FlagConverter))]
    public bool Early { get; init; }

    /// <summary>The last failures, the newest last.</summary>
    public IReadOnlyList<StepFailure>? Failures { get; init; }

    public static UploadData Of(UploadOwner owner, ReceivedFile file, UploadMetadata metadata) => new UploadData
    {
        User = owner.ActingUser.Value,
        Sha256 = file.Sha256,
        Bytes = file.Bytes,
        Type = file.Format.Name(),
        Skipped = file.SkippedBytes,
    }.Described(owner.Organization, metadata, file.FileName);

    /// <summary>Of file, metadata and owner.</summary>
    public static string FingerprintOf(UploadOwner owner, string sha256, UploadMetadata metadata) =>
        sha256 + "." + metadata.Fingerprint(owner.Organization.Value, owner.ActingUser.Value);

    /// <summary>The same with the moment at which this state was come to.</summary>
    public UploadData Reached(string state, DateTimeOffset at) => state switch
    {
        UploadState.Signed => this with { AtSigned = at },
        UploadState.Stored => this with { AtStored = at },
        UploadState.Creating => this with { AtCreating = at },
        _ => this,
    };

    /// <summary>The same file with other metadata.</summary>
    public UploadData Described(OrganizationKey organization, UploadMetadata metadata, string? fileName) => this with
    {
        Fingerprint = Sha256 + "." + metadata.Fingerprint(organization.Value, User ?? ""),
        Metadata = new UploadDetails(metadata, fileName),
        Warnings = [.. CreateBody.Silent(metadata)],
    };
}

/// <summary>What only the gateway reads of an upload.</summary>
internal sealed record UploadDetails(UploadMetadata Metadata, string? FileName);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UploadData))]
internal sealed partial class UploadJson : JsonSerializerContext;
