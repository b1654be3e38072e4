using Siro.Gateway.Budget;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Alerts;

/// <summary>Siro tokens whose budget is nearly used up, as this replica last heard of the fleet.</summary>
internal sealed class BudgetAlerts(SiroBudget budget, ISettings<AlertsOptions> settings) : IAlertSource
{
    public AlertKind Kind => AlertKind.BudgetUsedUp;

    public bool IsShared => false;

    public Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AlertSignal>>(
        [.. budget.InUse()
            .Where(u => u.Percent >= settings.Current.BudgetPercent)
            .GroupBy(u => (u.Organization, u.UserToken))
            .Select(g => new AlertSignal(
                Kind,
                g.Key.Organization,
                g.Key.UserToken ? "user_token" : "organization_token",
                1,
                $"{settings.Current.BudgetPercent} % of the requests that Siro allows "
                    + $"{(g.Key.UserToken ? "a user's token" : "the organization token")} of {g.Key.Organization} are in use: calls "
                    + "wait, and then get 429."))]);
}
