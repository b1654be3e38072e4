using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Whether Siro mints: the last try of each organization in this replica. A user that Siro refuses, or a full budget, says nothing about
/// it.
/// </summary>
internal sealed class MintHealth(StoreClock clock)
{
    private readonly ConcurrentDictionary<OrganizationKey, (MintOutcome Outcome, long At)> _last = new();

    public void Note(OrganizationKey organization, MintOutcome outcome)
    {
        if (outcome is MintOutcome.Minted or MintOutcome.AppRefused or MintOutcome.Failed or MintOutcome.Broken)
        {
            _last[organization] = (outcome, clock.Timestamp());
        }
    }

    /// <summary>Organizations whose last try failed, and not longer ago than this.</summary>
    public IEnumerable<(OrganizationKey Organization, MintOutcome Outcome)> Failing(TimeSpan within) =>
        _last.Where(l => l.Value.Outcome != MintOutcome.Minted && clock.Since(l.Value.At) <= within).Select(l => (l.Key, l.Value.Outcome));
}
