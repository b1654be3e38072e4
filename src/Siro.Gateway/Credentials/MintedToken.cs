using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>A token as Siro gave it.</summary>
/// <param name="Value">What goes into the header.</param>
/// <param name="AccessTokenId">Siro's id of it, by which it can be revoked.</param>
/// <param name="Life">How long it lives in all.</param>
/// <param name="Left">How long it still lives.</param>
/// <param name="SeenAt">The timestamp (of the host's clock) at which <paramref name="Left"/> began to run, never later than it really
/// did.</param>
internal sealed record ObtainedToken(Secret Value, string AccessTokenId, TimeSpan Life, TimeSpan Left, long SeenAt);

/// <summary>
/// A token in memory, with the credential that requests take, made once. Its end is a timestamp of the monotonic clock:
/// neither a replica's wrong wall clock nor a step of it can make an expired token look fresh.
/// </summary>
internal sealed class MintedToken
{
    public MintedToken(TokenIssuer issuer, ObtainedToken obtained, CredentialTimings timings, TimeProvider time, Randomness randomness)
    {
        Id = TokenHash.Of(obtained.Value);
        Credentials = issuer.Credentials(obtained.Value, Id);
        Life = obtained.Life;
        var margin = Shorter(timings.Margin, obtained.Life / 10);
        EndsAt = After(obtained.SeenAt, obtained.Left, time);
        UsableUntil = After(obtained.SeenAt, obtained.Left - margin, time);
        var renewAfter = timings.RenewAt + (timings.RenewJitter * ((randomness.NextDouble() * 2) - 1));
        RenewAt = After(obtained.SeenAt, obtained.Left - (obtained.Life * (1 - renewAfter)), time);
    }

    /// <summary>A hash that names the token; also its key in the budget.</summary>
    public string Id { get; }

    /// <summary>As requests take it.</summary>
    public CredentialPair Credentials { get; }

    public TimeSpan Life { get; }

    /// <summary>When Siro stops taking it.</summary>
    public long EndsAt { get; }

    /// <summary>When the gateway stops sending it.</summary>
    public long UsableUntil { get; }

    /// <summary>When it is due to be renewed.</summary>
    public long RenewAt { get; }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static long After(long timestamp, TimeSpan time, TimeProvider clock) =>
        timestamp + (long)(time.TotalSeconds * clock.TimestampFrequency);
}
