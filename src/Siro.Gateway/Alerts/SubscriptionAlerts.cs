using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Alerts;

/// <summary>Subscriptions at whose endpoints nothing succeeds, on their way to being disabled, and those that were.</summary>
internal sealed class SubscriptionAlerts(
    SubscriptionRegistry registry, ISettings<SiroOptions> siro, ISettings<WebhooksOptions> webhooks, ISettings<AlertsOptions> settings,
    TimeProvider time) : IAlertSource
{
    public AlertKind Kind => AlertKind.SubscriptionFailing;

    public bool IsShared => true;

    public async Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken)
    {
        var signals = new List<AlertSignal>();
        foreach (var name in siro.Current.Organizations.Keys)
        {
            var organization = new OrganizationKey(name);
            var snapshot = await registry.ReloadAsync(organization, cancellationToken);
            foreach (var subscription in snapshot.Subscriptions.Values)
            {
                if (Percent(subscription, snapshot) is { } percent
                    && settings.Current.Percentages.LastOrDefault(p => p <= percent) is > 0 and var level)
                {
                    signals.Add(new AlertSignal(Kind, organization, subscription.Id.Value, level, Detail(subscription, level)));
                }
            }
        }

        return signals;
    }

    /// <summary>How much of the time to its disabling is over, at most 99 while it is not disabled; null where it does not fail.</summary>
    private int? Percent(Subscription subscription, RegistrySnapshot snapshot)
    {
        if (subscription is { Enabled: false })
        {
            return subscription.DisabledReason == "failing" ? 100 : null;
        }

        return snapshot.FailingSince.TryGetValue(subscription.Id, out var since)
            ? (int)Math.Clamp((time.GetUtcNow() - since) / webhooks.Current.DisableAfter * 100, 0, 99)
            : null;
    }

    private string Detail(Subscription subscription, int level)
    {
        var named = subscription.Description is { Length: > 0 } description ? $"{subscription.Id} ({description})" : subscription.Id.Value;
        return level == 100
            ? $"Subscription {named} is disabled: nothing succeeded at its endpoint for {Duration(webhooks.Current.DisableAfter)}. "
                + "Mend it, enable it, replay what was skipped."
            : $"Nothing succeeds at the endpoint of subscription {named}: {level} % of the "
                + $"{Duration(webhooks.Current.DisableAfter)} to its disabling are over.";
    }

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 48
            ? $"{time.TotalDays:0.#} days" : time.TotalHours >= 1 ? $"{time.TotalHours:0.#} hours" : $"{time.TotalSeconds:0} seconds";
}
