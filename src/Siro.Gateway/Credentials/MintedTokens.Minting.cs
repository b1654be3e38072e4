using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>Mints, for the fleet under a lease or for this replica alone, and what becomes of them.</summary>
internal sealed partial class MintedTokens
{
    /// <summary>The store is away: one mint for this replica alone.</summary>
    private async Task<TokenResult> AloneAsync(TokenSlot slot, MintFor mintFor, CancellationToken cancellationToken)
    {
        try
        {
            return await MintAsync(slot, lease: null, mintFor, "alone", cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TokenResult.Of(CredentialProblems.Unavailable($"There was no {slot.Issuer.Noun} in time."));
        }
    }

    private async Task<TokenResult> MintAsync(
        TokenSlot slot, IMintLease? lease, MintFor mintFor, string cause, CancellationToken cancellationToken)
    {
        var result = await mint.MintAsync(slot.Issuer, slot.Key, mintFor, cancellationToken);
        metrics.Minted(slot.Key.Organization, slot.Issuer.Kind, result.Outcome, cause);
        if (result.Token is not { } obtained)
        {
            if (result.Outcome != MintOutcome.UserRefused)
            {
                return TokenResult.Of(CredentialProblems.Unavailable(result.Why, result.RetryAfter));
            }

            _refusedUsers.Note(slot.Key.Organization, mintFor.Client);
            return await BarAsync(slot, lease is not null, cancellationToken);
        }

        var token = new MintedToken(slot.Issuer, obtained, timings, time, randomness);
        try
        {
            if (lease is not null && !await lease.KeepAsync(obtained, cancellationToken))
            {
                // Too late: another holds the lease. Its token is the fleet's; this one serves until that one is looked up.
                Log.Late(logger, slot.Issuer.Kind, slot.Key.Organization);
            }
        }
        catch (StoreUnavailableException)
        {
            Log.NotKept(logger, slot.Key.Organization);
        }

        return TokenResult.Of(slot.Adopt(token, minted: true)!, "mint");
    }

    private async Task<TokenResult> BarAsync(TokenSlot slot, bool everywhere, CancellationToken cancellationToken)
    {
        slot.Block(After(timings.Blocked));
        try
        {
            if (everywhere)
            {
                await shared.BarAsync(slot.Key, cancellationToken);
            }
        }
        catch (StoreUnavailableException)
        {
            Log.NotKept(logger, slot.Key.Organization);
        }

        return TokenResult.Of(CredentialProblems.UserForbidden);
    }
}
