using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>For whom a token is minted: pays the budget.</summary>
internal readonly record struct MintFor(ClientName Client, Priority Priority);

/// <summary>Asks Siro for a token; never throws for what Siro or the network does.</summary>
internal interface ITokenMint
{
    Task<MintResult> MintAsync(TokenIssuer issuer, TokenKey key, MintFor mintFor, CancellationToken cancellationToken);
}

/// <summary>How a mint ended.</summary>
internal enum MintOutcome
{
    /// <summary>There is a token.</summary>
    Minted,

    /// <summary>Siro refuses this user; remembered for a minute.</summary>
    UserRefused,

    /// <summary>Siro refuses the app, its secret, or the organization's token: configuration.</summary>
    AppRefused,

    /// <summary>No budget, or Siro's 429.</summary>
    Throttled,

    /// <summary>5xx, no connection, no answer in time, an answer that is none.</summary>
    Failed,

    /// <summary>Not asked: too many have failed.</summary>
    Broken,
}

/// <summary>A mint's end.</summary>
/// <param name="Token">With <see cref="MintOutcome.Minted"/>.</param>
/// <param name="Why">A sentence for the caller and the log, without secrets.</param>
internal sealed record MintResult(MintOutcome Outcome, ObtainedToken? Token = null, string Why = "", TimeSpan? RetryAfter = null);
