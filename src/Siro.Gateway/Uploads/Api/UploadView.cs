using System.Text.Json.Serialization;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Api;

/// <summary>An upload as its caller sees it.</summary>
/// <param name="Status">One of <see cref="UploadState"/>.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="BytesStored">How many of them the storage has taken.</param>
/// <param name="Percent">The same of 100, whole.</param>
/// <param name="Attempts">Tries so far of steps that had to be made again, the first included.</param>
/// <param name="Errors">The last failures, the newest last; also of an upload that went well in the end.</param>
/// <param name="Retryable">True when <c>POST /v1/uploads/{id}/retry</c> is possible.</param>
/// <param name="StepTimes">When it came to each state on its way, as far as it is known.</param>
/// <param name="LikelyMatches">For an uncertain upload: the organization's recordings that may be it.</param>
internal sealed record UploadView(
    string Id,
    string Status,
    string? RecordingId,
    string Sha256,
    long Bytes,
    string FileType,
    string? FileName,
    long BytesStored,
    int Percent,
    int Attempts,
    IReadOnlyList<UploadErrorView> Errors,
    IReadOnlyList<UploadWarning> Warnings,
    bool Retryable,
    string Client,
    string ActingUser,
    UploadMetadata? Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyDictionary<string, DateTimeOffset> StepTimes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LikelyMatch>? LikelyMatches = null)
{
    /// <param name="sent">What this process knows of a running PUT.</param>
    public static UploadView Of(UploadRecord upload, long sent = 0)
    {
        var stored = Math.Min(upload.Bytes, Math.Max(upload.Sent, sent));
        return new UploadView(
            upload.Id,
            upload.State,
            upload.RecordingId,
            upload.Sha256,
            upload.Bytes,
            upload.Format.Name(),
            upload.FileName,
            stored,
            upload.Bytes == 0 ? 0 : (int)(stored * 100 / upload.Bytes),
            upload.Retries + 1,
            [.. upload.Failures.Select(UploadErrorView.Of)],
            upload.AllWarnings(),
            UploadRetry.IsPossible(upload),
            upload.Owner.Client.Value,
            upload.Owner.ActingUser.Value,
            upload.Metadata,
            upload.CreatedAt,
            upload.UpdatedAt,
            upload.StepTimes);
    }
}

/// <summary>A page of uploads.</summary>
/// <param name="Cursor">Where the next page starts; null at the end.</param>
internal sealed record UploadList(IReadOnlyList<UploadView> Data, string? Cursor);

/// <summary>Why a step failed.</summary>
internal sealed record UploadErrorView(
    string Code,
    string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SiroStatus,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Siro)
{
    public static UploadErrorView Of(StepFailure failure) => new(failure.Code, failure.Detail, failure.Upstream, failure.Siro);
}
