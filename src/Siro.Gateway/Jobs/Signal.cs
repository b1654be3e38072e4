using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>Wakes one waiter; set while nobody waits, it wakes the next at once.</summary>
internal sealed class Signal(StoreClock clock)
{
    private volatile TaskCompletionSource _set = Fresh();

    public void Set() => _set.TrySetResult();

    /// <summary>Returns when set, when the time is over, or when cancelled; throws for none of them.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        if (most > TimeSpan.Zero)
        {
            await _set.Task.WaitAsync(most, clock.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_set.Task.IsCompleted)
        {
            _set = Fresh();
        }
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
