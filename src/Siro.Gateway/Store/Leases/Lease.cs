namespace Siro.Gateway.Store.Leases;

/// <summary>
/// A lease that this process holds, renewed in the background at a third of its time until disposed, which releases it.
/// </summary>
/// <remarks>
/// A process that was paused past its lease finds <see cref="IsHeld"/> false before it acts, even if nothing has run
/// yet to cancel <see cref="Lost"/>. Between that look and the effect a pause is still possible: what is written
/// carries <see cref="Fence"/> and is refused by a script that has seen a larger one.
/// </remarks>
internal sealed class Lease : IAsyncDisposable
{
    private readonly RedisLeases _leases;
    private readonly StoreClock _clock;
    private readonly string _owner;
    private readonly TimeSpan _ttl;
    private readonly LeaseOwnership _ownership;
    private int _released;

    internal Lease(RedisLeases leases, StoreClock clock, string name, string owner, long fence, TimeSpan ttl, long sentAt)
    {
        _leases = leases;
        _clock = clock;
        _owner = owner;
        _ttl = ttl;
        Name = name;
        Fence = fence;
        _ownership = new LeaseOwnership(clock, ttl, sentAt, RenewInStoreAsync);
    }

    public string Name { get; }

    /// <summary>Larger for every later holder of this name, forever.</summary>
    public long Fence { get; }

    /// <summary>Cancelled when the lease was lost or ran out; not when it is disposed while held.</summary>
    public CancellationToken Lost => _ownership.Lost;

    /// <summary>Whether it is certainly still held at this moment.</summary>
    public bool IsHeld => _released == 0 && _ownership.IsHeld;

    /// <exception cref="OperationCanceledException">It is not held any more.</exception>
    public void ThrowIfLost()
    {
        if (!IsHeld)
        {
            throw new OperationCanceledException($"The lease {Name} is not held any more.", Lost);
        }
    }

    /// <summary>Renews now. False, and lost for good, when it had run out or another has it.</summary>
    /// <exception cref="StoreUnavailableException">Not renewed; it stays held until its time has run out.</exception>
    public async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        var sentAt = _clock.Timestamp();
        if (!await RenewInStoreAsync(cancellationToken))
        {
            _ownership.Lose();
            return false;
        }

        _ownership.Confirm(sentAt);
        return IsHeld;
    }

    /// <summary>Gives it back if it is still this holder's. A store that is down is no error: the lease runs out by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            await _ownership.DisposeAsync();
            await _leases.ReleaseAsync(Name, _owner, Fence);
        }
    }

    private Task<bool> RenewInStoreAsync(CancellationToken cancellationToken) =>
        _leases.RenewAsync(Name, _owner, Fence, _ttl, cancellationToken);
}
