namespace Siro.Gateway.Credentials;

/// <summary>How long things take and last. Fixed for operators; tests scale them.</summary>
internal sealed record CredentialTimings
{
    /// <summary>How long a minter that died keeps the others waiting.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often one who waits looks for himself, in case the notice was lost.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest that a call waits for a token.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Longest for one mint request, its wait for budget included.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Longest that a mint waits for budget.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The pause before a mint is sent again; it doubles, with jitter.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many failed mints in a row open the breaker of an OAuth app, and how long it stays open.</summary>
    public int BreakAfter { get; init; } = 6;

    /// <inheritdoc cref="BreakAfter"/>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At most one mint per token key and this time because of a 401.</summary>
    public TimeSpan Guard { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a user that Siro refuses is not asked for again.</summary>
    public TimeSpan Blocked { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many users whom Siro refuses a client may name within this time before it is told to wait, per replica; a tenth of Siro's limit.
    /// </summary>
    public int MostRefusedUsers { get; init; } = 100;

    /// <inheritdoc cref="MostRefusedUsers"/>
    public TimeSpan RefusedUsersWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The part of a token's life after which it is renewed, and how much that varies.</summary>
    public double RenewAt { get; init; } = 0.8;

    /// <inheritdoc cref="RenewAt"/>
    public double RenewJitter { get; init; } = 0.04;

    /// <summary>Only tokens that were used within this last part of their life are renewed.</summary>
    public double RenewUsed { get; init; } = 0.25;

    /// <summary>Pause after a renewal that failed; it doubles up to a hundred times.</summary>
    public TimeSpan RenewBackoff { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Most that a token may still live without being sent any more; at most a tenth of its life.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a host that refuses client tokens gets the older kind before the new one is tried again.</summary>
    public TimeSpan HostRefusal { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the older kind is used everywhere after no client token was to be had.</summary>
    public TimeSpan NoToken { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest that a call which could go with the older kind waits for a client token.</summary>
    public TimeSpan ClientTokenWait { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the configuration is read again because Siro refuses an organization's token.</summary>
    public TimeSpan Reread { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a user without a token is remembered (what was refused, what is guarded).</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most user tokens kept in memory for one organization.</summary>
    public int MostTokens { get; init; } = 50_000;
}
