using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Whether Siro mints: the last try of each organization and kind of token in this replica. A user that Siro refuses, or a full budget,
/// says nothing about it.
/// </summary>
internal sealed class MintHealth(StoreClock clock)
{
    private readonly ConcurrentDictionary<(OrganizationKey Organization, string Kind), (MintOutcome Outcome, long At)>
        _last = new();

    public void Note(OrganizationKey organization, string kind, MintOutcome outcome)
    {
        if (outcome is MintOutcome.Minted or MintOutcome.AppRefused or MintOutcome.Failed or MintOutcome.Broken)
        {
            _last[(organization, kind)] = (outcome, clock.Timestamp());
        }
    }

    /// <summary>Organizations and kinds of token whose last try failed, and not longer ago than this.</summary>
    public IEnumerable<(OrganizationKey Organization, string Kind, MintOutcome Outcome)> Failing(TimeSpan within) =>
        _last.Where(l => l.Value.Outcome != MintOutcome.Minted && clock.Since(l.Value.At) <= within)
            .Select(l => (l.Key.Organization, l.Key.Kind, l.Value.Outcome));
}
