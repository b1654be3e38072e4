using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>Renewal ahead of the end, by one replica for the fleet.</summary>
internal sealed partial class MintedTokens
{
    /// <summary>Renews a token in the background; the old one serves until the new one is here.</summary>
    public async Task RenewAsync(TokenSlot slot, CancellationToken cancellationToken)
    {
        var before = slot.Current;
        try
        {
            var state = await shared.FindAsync(slot.Key, cancellationToken);
            if (Take(slot, state, besides: before) is not null)
            {
                metrics.Renewed(slot.Key.Organization, "adopted");
                return;
            }

            // Noted before the lease is asked for: who has it may end, and say so, before the answer is here.
            slot.RenewNotBefore = After(timings.Lease);
            await using var lease = await shared.TryLeaseMintAsync(slot.Key, cancellationToken);
            if (lease is null)
            {
                // Another replica is at it.
                return;
            }

            if (Take(slot, lease.State, besides: before) is not null)
            {
                metrics.Renewed(slot.Key.Organization, "adopted");
                return;
            }

            var result = await MintAsync(slot, lease, new MintFor(ClientName.Gateway, Priority.Background), "renewal", cancellationToken);
            metrics.Renewed(slot.Key.Organization, result.Token is null ? "failed" : "renewed");
            if (result.Token is null)
            {
                PostponeRenewal(slot);
            }
        }
        catch (StoreUnavailableException)
        {
            metrics.Renewed(slot.Key.Organization, "failed");
            PostponeRenewal(slot);
        }
    }

    private void PostponeRenewal(TokenSlot slot)
    {
        slot.RenewFailures++;
        var pause = timings.RenewBackoff * Math.Min(100, Math.Pow(2, Math.Min(10, slot.RenewFailures - 1)));
        slot.RenewNotBefore = After(randomness.Around(pause, 0.2));
    }
}
