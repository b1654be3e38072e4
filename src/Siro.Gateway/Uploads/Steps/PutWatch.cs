namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// Ends a PUT whose storage takes nothing for too long. Time in which the caller is what the PUT waits for does not count.
/// </summary>
internal sealed class PutWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _stalled = new();
    private readonly ITimer _timer;
    private readonly Action<long>? _progress;
    private long _waitingSince;
    private long _bytes;

    /// <param name="progress">Told how many bytes the storage has taken, after each piece.</param>
    public PutWatch(TimeProvider time, TimeSpan timeout, Action<long>? progress)
    {
        _time = time;
        _timeout = timeout;
        _progress = progress;
        var interval = timeout / 4;
        _timer = time.CreateTimer(_ => Check(), null, interval, interval);
    }

    /// <summary>Cancelled when the storage has been silent for too long.</summary>
    public CancellationToken Stalled => _stalled.Token;

    /// <summary>The storage is asked to take a piece.</summary>
    public void Begin() => Interlocked.Exchange(ref _waitingSince, Math.Max(1, _time.GetTimestamp()));

    /// <summary>It took it.</summary>
    public void End(int bytes)
    {
        Interlocked.Exchange(ref _waitingSince, 0);
        _bytes += bytes;
        _progress?.Invoke(_bytes);
    }

    /// <summary>All pieces are sent; its answer is what is waited for.</summary>
    public void Sent() => Begin();

    public void Dispose()
    {
        _timer.Dispose();
        _stalled.Dispose();
    }

    private void Check()
    {
        if (Interlocked.Read(ref _waitingSince) is not 0 and var since && _time.GetElapsedTime(since) > _timeout)
        {
            try
            {
                _stalled.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The PUT ended while the timer was firing.
                _timer.Dispose();
            }
        }
    }
}
