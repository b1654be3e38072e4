using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>What holds for one Siro token.</summary>
/// <param name="Requests">Arrivals a window.</param>
/// <param name="WindowMs">The window.</param>
/// <param name="MaxWait">How long a call waits.</param>
/// <param name="KeptForMints">Slots that only mints may take: a hundredth on organization tokens, which mint; none on others.</param>
/// <param name="QueueLength">Waiters of one client in one replica.</param>
internal sealed record BudgetRule(int Requests, long WindowMs, TimeSpan MaxWait, int KeptForMints, int QueueLength);

/// <summary>
/// The rule for an organization and kind of credential. The nearest setting wins, each value by itself:
/// the organization's for the kind, the organization's, the section's for the kind, the section's.
/// </summary>
internal sealed class BudgetRules : IDisposable
{
    private readonly ISettings<BudgetOptions> _budget;
    private readonly ISettings<SiroOptions> _siro;
    private readonly ConcurrentDictionary<(OrganizationKey Organization, bool UserToken), BudgetRule> _rules = new();
    private readonly IDisposable[] _following;

    public BudgetRules(ISettings<BudgetOptions> budget, ISettings<SiroOptions> siro)
    {
        _budget = budget;
        _siro = siro;
        _following = [budget.OnChange(_ => _rules.Clear()), siro.OnChange(_ => _rules.Clear())];
    }

    public BudgetRule For(OrganizationKey organization, bool userToken) =>
        _rules.TryGetValue((organization, userToken), out var rule) ? rule : _rules.GetOrAdd((organization, userToken), Make);

    public void Dispose()
    {
        foreach (var follower in _following)
        {
            follower.Dispose();
        }
    }

    private BudgetRule Make((OrganizationKey Organization, bool UserToken) key)
    {
        var all = _budget.Current;
        var own = _siro.Current.Find(key.Organization)?.Budget;
        var allKind = key.UserToken ? all.UserToken : all.OrganizationToken;
        var ownKind = key.UserToken ? own?.UserToken : own?.OrganizationToken;
        var requests = ownKind?.Requests ?? own?.Requests ?? allKind?.Requests ?? all.Requests;
        var window = ownKind?.WindowSeconds ?? own?.WindowSeconds ?? allKind?.WindowSeconds ?? all.WindowSeconds;
        var wait = ownKind?.MaxWait ?? own?.MaxWait ?? allKind?.MaxWait ?? all.MaxWait;
        return new BudgetRule(requests, window * 1000L, wait, key.UserToken ? 0 : requests / 100, all.QueueLength);
    }
}
