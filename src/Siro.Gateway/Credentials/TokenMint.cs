using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>Asks for a token in the way of its issuer, with retries and backoff behind the issuer's breaker.</summary>
internal sealed partial class TokenMint(UserTokenRequest userTokens, ClientTokenRequest clientTokens, ILogger<TokenMint> logger)
    : ITokenMint
{
    public async Task<MintResult> MintAsync(TokenIssuer issuer, TokenKey key, MintFor mintFor, CancellationToken cancellationToken)
    {
        MintResult result;
        try
        {
            result = await issuer.Pipeline.ExecuteAsync(
                static async (state, token) => await state.Self.SendAsync(state.issuer, state.key, state.mintFor, token),
                (Self: this, issuer, key, mintFor),
                cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            result = new MintResult(
                MintOutcome.Broken, Why: $"There was no {issuer.Noun} of {issuer.Organization} several times in a row.",
                RetryAfter: e.RetryAfter);
        }

        if (result.Outcome is not (MintOutcome.Minted or MintOutcome.Broken))
        {
            Log.Failed(logger, issuer.Noun, issuer.Organization, result.Outcome, result.Why);
        }

        return result;
    }

    private Task<MintResult> SendAsync(TokenIssuer issuer, TokenKey key, MintFor mintFor, CancellationToken cancellationToken) =>
        issuer switch
    {
        OAuthApp app => userTokens.SendAsync(app, key, mintFor, cancellationToken),
        ClientApp app => clientTokens.SendAsync(app, cancellationToken),
        _ => throw new InvalidOperationException("Nobody knows how to ask for a token of this kind."),
    };

    private static partial class Log
    {
        [LoggerMessage(1402, LogLevel.Warning, "No {Noun} of {Organization} from Siro ({Outcome}). {Why}")]
        public static partial void Failed(ILogger logger, string noun, OrganizationKey organization, MintOutcome outcome, string why);
    }
}
