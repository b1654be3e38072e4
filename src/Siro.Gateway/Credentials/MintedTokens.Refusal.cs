using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>What becomes of a token that Siro answers with 401.</summary>
internal sealed partial class MintedTokens
{
    /// <inheritdoc cref="ISiroCredentials.RefusedAsync"/>
    public ValueTask<bool> RefusedAsync(
        OAuthApp app, UserId user, TokenScope scope, SiroCredential refused, CancellationToken cancellationToken)
    {
        return RefusedAsync(app.Slot(user, scope), refused, cancellationToken);
    }

    /// <inheritdoc cref="ISiroCredentials.RefusedAsync"/>
    public ValueTask<bool> RefusedAsync(TokenSlot slot, SiroCredential refused, CancellationToken cancellationToken)
    {
        var id = refused.BudgetKey;

        // A storm after a revocation ends here for all but the first: another token is here, or on its way.
        if (slot.IsGone(id))
        {
            return new ValueTask<bool>(true);
        }

        return slot.IsGuarded(id, time.GetTimestamp())
            ? new ValueTask<bool>(false)
            : new ValueTask<bool>(slot.Refuse(id, () => _work.Run(token => RefuseAsync(slot, id, token))).WaitAsync(cancellationToken));
    }

    private async Task<bool> RefuseAsync(TokenSlot slot, string id, CancellationToken cancellationToken)
    {
        RefusalVerdict verdict;
        TimeSpan guard;
        try
        {
            (verdict, guard) = await shared.RefuseAsync(slot.Key, id, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Each replica for itself; and not every refusal asks a store that is away.
            verdict = slot.TryTakeLocalGuard(time.GetTimestamp(), After(timings.Guard)) ? RefusalVerdict.Dropped : RefusalVerdict.Guarded;
            guard = timings.Lease;
        }

        metrics.Refused(slot.Key.Organization, verdict);
        if (verdict == RefusalVerdict.Guarded)
        {
            slot.Guard(id, After(guard));
            return false;
        }

        slot.Drop(id);
        if (verdict == RefusalVerdict.Dropped)
        {
            Log.Dropped(logger, slot.Issuer.Kind, slot.Key.Organization);
            await shared.AnnounceDropAsync(slot.Key, id);
        }

        return true;
    }
}
