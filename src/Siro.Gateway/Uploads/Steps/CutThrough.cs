using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// Steps 1 and 2 ahead of time: while the caller is still sending, its bytes go on to the storage already, all but the last 64 KiB.
/// It is a bet that costs nothing: whatever goes wrong here, the upload goes the ordinary way once the file is whole.
/// </summary>
internal sealed class CutThrough : IAsyncDisposable
{
    /// <summary>Below this the held-back end would be most of it.</summary>
    public const long LeastBytes = 512 * 1024;

    /// <summary>Nothing that the caller stretches longer than this occupies the storage.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<SignedUrl?> _outcome;

    public CutThrough(SigningStep signing, StorageStep storage, TimeProvider time, UploadOwner owner, SpoolFile file, AudioFormat format,
        long length, TimeSpan remaining)
    {
        Length = length;
        _outcome = RunAsync(signing, storage, time, owner, file, format, remaining, _stop.Token);
    }

    /// <summary>The length that the PUT was begun with.</summary>
    public long Length { get; }

    /// <summary>Bytes that the storage has taken.</summary>
    public long Sent { get; private set; }

    /// <summary>
    /// The upload is right and will be acknowledged: send the rest. The URL under which the bytes are stored, or null when they have to be
    /// sent again.
    /// </summary>
    public Task<SignedUrl?> FinishAsync(CancellationToken cancellationToken)
    {
        _released.TrySetResult();
        return _outcome.WaitAsync(cancellationToken);
    }

    /// <summary>The same where that is known within a while; null also when it is not.</summary>
    public async Task<SignedUrl?> FinishAsync(TimeSpan within, TimeProvider time)
    {
        await ((Task)FinishAsync(CancellationToken.None).WaitAsync(within, time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _outcome.IsCompletedSuccessfully ? await _outcome : null;
    }

    /// <summary>Ends the PUT if it still runs; an aborted PUT stores nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        _released.TrySetCanceled();
        await _stop.CancelAsync();
        await ((Task)_outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<SignedUrl?> RunAsync(
        SigningStep signing, StorageStep storage, TimeProvider time, UploadOwner owner, SpoolFile file, AudioFormat format,
        TimeSpan remaining, CancellationToken cancellationToken)
    {
        try
        {
            var signed = await signing.SignAsync(owner, format, Length, cancellationToken);
            if (signed.Value is not { } url)
            {
                return null;
            }

            // The storage looks at the time when a PUT begins, but nothing promises that: it must be able to end in time.
            var life = Min(url.ExpiresAt - time.GetUtcNow(), TimeSpan.FromHours(1));
            if (life <= TimeSpan.Zero || life < remaining * 1.5)
            {
                return null;
            }

            using var expired = new CancellationTokenSource(life, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
            var stored = await storage.PutAsync(url, file, Length, _released.Task, sent => Sent = sent, both.Token);
            return stored.Value is null ? null : url;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
