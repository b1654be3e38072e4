namespace Siro.Gateway.Store.Leases;

/// <summary>
/// What this process knows about a lease it holds, by its monotonic clock. The time counts from before the last
/// successful renewal was sent, less a tenth as margin, so it always ends before the store lets another in.
/// </summary>
internal sealed class LeaseOwnership : IAsyncDisposable
{
    private readonly StoreClock _clock;
    private readonly TimeSpan _ttl;
    private readonly TimeSpan _safe;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly ITimer _end;
    private readonly Task _heartbeat;
    private long _confirmedAt;

    /// <param name="sentAt"><see cref="StoreClock.Timestamp"/> from before the claim was sent.</param>
    /// <param name="renew">Renews in the store; false when the lease is not this holder's any more.</param>
    public LeaseOwnership(StoreClock clock, TimeSpan ttl, long sentAt, Func<CancellationToken, Task<bool>> renew)
    {
        _clock = clock;
        _ttl = ttl;
        _safe = ttl - (ttl / 10);
        _confirmedAt = sentAt;
        Lost = _lost.Token;
        _end = clock.Time.CreateTimer(static state => ((LeaseOwnership)state!).OnEnd(), this, Left(), Timeout.InfiniteTimeSpan);
        _heartbeat = Task.Run(() => BeatAsync(renew));
    }

    public CancellationToken Lost { get; }

    /// <summary>Looks at the clock, so it is right even in a process that was paused and whose timers have not run yet.</summary>
    public bool IsHeld => !Lost.IsCancellationRequested && _clock.Since(Volatile.Read(ref _confirmedAt)) < _safe;

    public void Confirm(long sentAt)
    {
        if (IsHeld)
        {
            Volatile.Write(ref _confirmedAt, Math.Max(sentAt, Volatile.Read(ref _confirmedAt)));
            _end.Change(Left(), Timeout.InfiniteTimeSpan);
        }
    }

    public void Lose() => _lost.Cancel();

    /// <summary>Ends the heartbeat.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _heartbeat;
        await _end.DisposeAsync();
    }

    private TimeSpan Left()
    {
        var left = _safe - _clock.Since(_confirmedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void OnEnd()
    {
        if (!IsHeld)
        {
            Lose();
        }
        else
        {
            _end.Change(Left(), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task BeatAsync(Func<CancellationToken, Task<bool>> renew)
    {
        var pause = _ttl / 3;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token, Lost);
        try
        {
            while (true)
            {
                await _clock.Delay(pause, stop.Token);
                try
                {
                    var sentAt = _clock.Timestamp();
                    if (!await renew(stop.Token))
                    {
                        Lose();
                        return;
                    }

                    Confirm(sentAt);
                    pause = _ttl / 3;
                }
                catch (StoreUnavailableException)
                {
                    // Until the time is up the lease is ours: a short outage is ridden out.
                    pause = _ttl / 10;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }
}
