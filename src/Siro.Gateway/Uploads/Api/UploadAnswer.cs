using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Api;

/// <summary>
/// The answer to <c>POST /v1/uploads</c>: a function of what is stored of the upload and nothing else, so that a repeat of the request is
/// answered with the same status and body. 201 <c>{id, recordingId, status, sha256, bytes, fileType, warnings}</c>; 202 without
/// <c>recordingId</c> once the bytes are at the storage; else the problem that ended it.
/// </summary>
internal sealed class UploadAnswer(UploadRecord upload, bool replayed, bool preferenceApplied = false) : IResult
{
    /// <summary>Says that the answer is that of an earlier request.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        // The headers of a problem are set as it is written: until then it clears what was there.
        httpContext.Response.OnStarting(() =>
        {
            httpContext.Response.Headers.Location = $"/v1/uploads/{upload.Id}";
            if (replayed)
            {
                httpContext.Response.Headers[ReplayedHeader] = "true";
            }

            if (preferenceApplied)
            {
                httpContext.Response.Headers["Preference-Applied"] = "respond-async";
            }

            return Task.CompletedTask;
        });
        await Result().ExecuteAsync(httpContext);
    }

    private IResult Result()
    {
        if (upload.AnsweredEarly && (UploadState.HasBytes(upload.State) || upload.StoredAt is not null))
        {
            return Early();
        }

        return upload.State switch
        {
            UploadState.Created =>
                Results.Json(new UploadResult(upload.Id, upload.RecordingId, upload.State, upload.Sha256, upload.Bytes,
                    upload.Format.Name(), upload.AllWarnings()), Json, statusCode: StatusCodes.Status201Created),
            UploadState.Stored or UploadState.Creating => Early(),
            UploadState.Received or UploadState.Signed =>
                new ProblemResult(WithId(new Problem(503, "upload_interrupted",
                    "The gateway is stopping and did not keep the file. Send it again.") { RetryAfter = TimeSpan.FromSeconds(2) })),
            _ => new ProblemResult(WithId(Problem(upload.Failures.Count > 0 ? upload.Failures[^1] : null))),
        };
    }

    private IResult Early() => Results.Json(
        new UploadResult(upload.Id, null, UploadState.Stored, upload.Sha256, upload.Bytes, upload.Format.Name(),
            upload.AllWarnings(early: true)), Json, statusCode: StatusCodes.Status202Accepted);

    private Problem WithId(Problem problem)
    {
        var extensions = new Dictionary<string, object?>(
            problem.Extensions ?? new Dictionary<string, object?>(StringComparer.Ordinal), StringComparer.Ordinal)
        {
            ["uploadId"] = upload.Id,
            ["uploadStatus"] = upload.State,
        };
        return problem with { Extensions = extensions };
    }

    private static Problem Problem(StepFailure? failure)
    {
        if (failure is null)
        {
            return new Problem(500, "internal_error", "The upload failed without a reason that was kept.");
        }

        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (failure.Upstream is { } status)
        {
            extensions["siroStatus"] = status;
        }

        if (failure.Siro is { ValueKind: JsonValueKind.Object } siro)
        {
            foreach (var (ours, theirs) in new[] { ("issues", "issues"), ("siroError", "error"), ("siroError", "message") })
            {
                if (siro.TryGetProperty(theirs, out var value))
                {
                    extensions.TryAdd(ours, value);
                }
            }
        }

        return new Problem(failure.Status, failure.Code, failure.Detail)
        {
            Extensions = extensions,
            RetryAfter = failure.Status is 429 or 503 ? failure.RetryAfter ?? TimeSpan.FromSeconds(10) : null,
        };
    }
}

/// <summary>The body of 201 and 202.</summary>
/// <param name="RecordingId">Siro's id; absent in 202.</param>
/// <param name="Status"><c>created</c>, or <c>stored</c> in 202.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
internal sealed record UploadResult(
    string Id, string? RecordingId, string Status, string Sha256, long Bytes, string FileType, IReadOnlyList<UploadWarning> Warnings);
