namespace Siro.Gateway.Credentials;

/// <summary>What the fleet has for a token key.</summary>
/// <param name="Token">Null when there is none.</param>
/// <param name="Blocked">How much longer Siro's refusal of the user is remembered; null when it is not refused.</param>
internal sealed record SharedTokenState(ObtainedToken? Token, TimeSpan? Blocked);

/// <summary>What the fleet says about a token that Siro answered 401 to.</summary>
internal enum RefusalVerdict
{
    /// <summary>There is another token by now.</summary>
    Newer,

    /// <summary>The token was dropped before; somebody mints.</summary>
    Handled,

    /// <summary>Dropped by this call.</summary>
    Dropped,

    /// <summary>
    /// It was itself minted after a refusal, less than the guard's time ago: it stays, and the 401 is the operation's own.
    /// </summary>
    Guarded,
}

/// <summary>
/// The fleet's tokens, declared by its one user, <see cref="MintedTokens"/>. All throw <see cref="Store.StoreUnavailableException"/>.
/// </summary>
internal interface ISharedTokens
{
    Task<SharedTokenState> FindAsync(TokenKey key, CancellationToken cancellationToken);

    /// <summary>The right to mint; null while another has it.</summary>
    Task<IMintLease?> TryLeaseMintAsync(TokenKey key, CancellationToken cancellationToken);

    /// <summary>Drops exactly this token, if nobody did in the guard's time; how long the guard stands where it does.</summary>
    Task<(RefusalVerdict Verdict, TimeSpan Guard)> RefuseAsync(TokenKey key, string tokenId, CancellationToken cancellationToken);

    /// <summary>Remembers for the whole fleet that Siro refuses the user.</summary>
    Task BarAsync(TokenKey key, CancellationToken cancellationToken);

    /// <summary>Tells every replica that the token was dropped. Never throws.</summary>
    ValueTask AnnounceDropAsync(TokenKey key, string tokenId);

    /// <summary>Calls back with a key's name and, for a drop, the token's id.</summary>
    IDisposable Follow(Action<string, string?> changed);
}

/// <summary>The right to mint one token. Disposing it gives it back and wakes those who wait.</summary>
internal interface IMintLease : IAsyncDisposable
{
    /// <summary>What the fleet had when the lease began.</summary>
    SharedTokenState State { get; }

    /// <summary>False when another has the lease by now; the token is not stored then.</summary>
    Task<bool> KeepAsync(ObtainedToken token, CancellationToken cancellationToken);
}
