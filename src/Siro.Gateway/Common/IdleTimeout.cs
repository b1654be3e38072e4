namespace Siro.Gateway.Common;

/// <summary>Cancels when nothing happened for a while.</summary>
internal sealed class IdleTimeout : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _both;

    public IdleTimeout(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _over = new CancellationTokenSource(timeout, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
    }

    public CancellationToken Token => _both.Token;

    public void Restart() => _over.CancelAfter(_timeout);

    /// <summary>Until the next restart nobody is waited for.</summary>
    public void Pause() => _over.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _both.Dispose();
        _over.Dispose();
    }
}
