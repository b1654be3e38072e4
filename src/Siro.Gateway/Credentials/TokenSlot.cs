namespace Siro.Gateway.Credentials;

/// <summary>
/// What this replica has of one minted token. Calls read <see cref="Current"/> and nothing else; all that changes it goes
/// through the gate, and is rare.
/// </summary>
internal sealed class TokenSlot(TokenIssuer issuer, TokenKey key)
{
    private readonly Lock _gate = new();
    private volatile MintedToken? _current;
    private volatile string? _dropped;
    private TaskCompletionSource _changed = NewSignal();
    private Task<TokenResult>? _flight;
    private Task<bool>? _refusal;
    private string? _refusalOf;
    private string? _guarded;
    private long _guardedUntil = long.MinValue;
    private long _localGuardUntil = long.MinValue;
    private long _barredUntil = long.MinValue;
    private long _lastUsed;

    /// <summary>Whose token it is.</summary>
    public TokenIssuer Issuer { get; } = issuer;

    public TokenKey Key { get; } = key;

    public MintedToken? Current => _current;

    /// <summary>When a call last took a token (timestamp).</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }

    /// <summary>Not before this timestamp is a renewal tried (again).</summary>
    public long RenewNotBefore { get; set; } = long.MinValue;

    /// <summary>Renewals that failed in a row.</summary>
    public int RenewFailures { get; set; }

    /// <summary>True while somebody waits for a token of this slot.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _flight is { IsCompleted: false };
            }
        }
    }

    /// <summary>Ends at the next word about this token. Take it before looking, so that no word is missed.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    public void SignalChanged()
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            before = _changed;
            _changed = NewSignal();
        }

        before.TrySetResult();
    }

    /// <summary>
    /// Takes a token, unless it is the one that Siro refused or this replica has a longer one; answers with the one in force.
    /// </summary>
    /// <param name="minted">It comes fresh from Siro, whatever was refused before.</param>
    public MintedToken? Adopt(MintedToken token, bool minted)
    {
        lock (_gate)
        {
            if (minted)
            {
                _dropped = null;
            }
            else if (token.Id == _dropped)
            {
                return null;
            }

            if (_current is null || token.EndsAt > _current.EndsAt)
            {
                _current = token;
                RenewNotBefore = long.MinValue;
                RenewFailures = 0;
            }

            _barredUntil = long.MinValue;
            return _current;
        }
    }

    /// <summary>Forgets exactly this token.</summary>
    public void Drop(string id)
    {
        lock (_gate)
        {
            _dropped = id;
            if (_current?.Id == id)
            {
                _current = null;
            }
        }
    }

    /// <summary>True when another token is here, or this one was dropped and another is on its way: worth sending again.</summary>
    public bool IsGone(string id)
    {
        lock (_gate)
        {
            return IsGoneUnderGate(id);
        }
    }

    /// <summary>This token was minted because of a refusal a moment ago: its own refusal is the operation's, not the token's.</summary>
    public void Guard(string id, long until)
    {
        lock (_gate)
        {
            (_guarded, _guardedUntil) = (id, until);
        }
    }

    public bool IsGuarded(string id, long now)
    {
        lock (_gate)
        {
            return _guarded == id && now < _guardedUntil;
        }
    }

    /// <summary>The guard for when the store can't be asked. True when it was free; it is taken then.</summary>
    public bool TryTakeLocalGuard(long now, long until)
    {
        lock (_gate)
        {
            if (now < _localGuardUntil)
            {
                return false;
            }

            _localGuardUntil = until;
            return true;
        }
    }

    public void Block(long until)
    {
        lock (_gate)
        {
            _barredUntil = until;
        }
    }

    public bool IsBlocked(long now)
    {
        lock (_gate)
        {
            return now < _barredUntil;
        }
    }

    /// <summary>The one flight that fetches a token; all who need it wait for the same.</summary>
    public Task<TokenResult> Fly(Func<Task<TokenResult>> start)
    {
        lock (_gate)
        {
            return _flight is { IsCompleted: false } ? _flight : _flight = start();
        }
    }

    /// <summary>
    /// The one question to the fleet about this refused token. One that ended since the caller looked has dropped the token before it
    /// ended: a second would find the guard taken, and a 401 that can be cured would be passed on.
    /// </summary>
    public Task<bool> Refuse(string id, Func<Task<bool>> start)
    {
        lock (_gate)
        {
            if (IsGoneUnderGate(id))
            {
                return Task.FromResult(true);
            }

            if (_refusal is { IsCompleted: false } && _refusalOf == id)
            {
                return _refusal;
            }

            _refusalOf = id;
            return _refusal = start();
        }
    }

    private bool IsGoneUnderGate(string id) => _current is { } current ? current.Id != id : _dropped == id;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
