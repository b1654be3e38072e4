using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary><c>POST /v1/uploads/{id}/retry</c>: a person decided that the recording is to be created (again).</summary>
internal static class UploadRetry
{
    /// <summary>The bytes are at the storage, and nothing happens by itself any more.</summary>
    public static bool IsPossible(UploadRecord upload) =>
        upload.State is UploadState.Uncertain or UploadState.Failed && upload.StoredAt is not null
            && upload is { DownloadUrl: not null, Metadata: not null };

    /// <summary>Puts the upload back to <c>stored</c>. Null when it was done; 409 <c>not_retryable</c> otherwise.</summary>
    /// <exception cref="StoreUnavailableException"/>
    /// <param name="changed">What is known of it by now; null: what was known when it was read.</param>
    public static async Task<Problem?> RetryAsync(
        JobQueue<UploadData> queue, UploadRecord upload, TimeProvider time, CancellationToken cancellationToken, UploadData? changed = null)
    {
        if (!IsPossible(upload))
        {
            return NotRetryable(upload.State);
        }

        // The time that creation may take counts anew.
        var data = (changed ?? upload.Job.Data) with { Stored = time.GetUtcNow() };
        var resumed = await queue.ResumeAsync(upload.Job, UploadState.Stored, data, cancellationToken);
        return resumed.Change switch
        {
            JobChange.Changed => null,
            JobChange.NotFound => UploadProblems.NotFound,
            _ => NotRetryable(resumed.Job?.State ?? upload.State),
        };
    }

    private static Problem NotRetryable(string state) => new(409, "not_retryable", state switch
    {
        UploadState.Created => "The recording exists already.",
        UploadState.BytesExpired or UploadState.Failed => "The gateway has no bytes of this upload: send the file again.",
        _ => $"The upload is at '{state}' and goes on by itself.",
    });
}
