using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>A step that failed and is tried again.</summary>
/// <param name="Tries">Failed tries so far.</param>
/// <param name="Next">When it is tried next.</param>
internal sealed record FailedTry(StepFailure Failure, int Tries, DateTimeOffset Next);

/// <summary>One run as the process that runs it sees it: how far it is, and when its caller can be answered.</summary>
internal sealed class UploadWatch
{
    private readonly TaskCompletionSource<UploadRecord?> _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<UploadRecord?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<FailedTry> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;

    /// <summary>Bytes that the storage has taken.</summary>
    public long Sent
    {
        get => Interlocked.Read(ref _sent);
        set => Interlocked.Exchange(ref _sent, value);
    }

    /// <summary>The caller wants, or got, 202: what is stored of the upload says so, and a repeat is answered alike.</summary>
    public bool AnsweredEarly { get; set; }

    /// <summary>
    /// The upload once its bytes are at the storage, or at its end; null when the job was lost to another replica or the store is away.
    /// </summary>
    public Task<UploadRecord?> WhenStored => _stored.Task;

    /// <summary>The upload at its end, or back in the queue; null when the job was lost.</summary>
    public Task<UploadRecord?> WhenEnded => _ended.Task;

    /// <summary>
    /// The next step that fails and is tried again; asked for before the last one is dealt with, none is missed for good.
    /// </summary>
    public Task<FailedTry> WhenFailed => Volatile.Read(ref _failed).Task;

    public void Failed(FailedTry failed) =>
        Interlocked.Exchange(ref _failed, new TaskCompletionSource<FailedTry>(TaskCreationOptions.RunContinuationsAsynchronously))
            .TrySetResult(failed);

    public void Stored(UploadRecord record) => _stored.TrySetResult(record);

    public void Ended(UploadRecord? record)
    {
        _stored.TrySetResult(record);
        _ended.TrySetResult(record);
    }
}
