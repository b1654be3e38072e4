using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Alerts;

/// <summary>
/// Tells of what goes wrong before it is too late, and of its end: as events that subscriptions take, in the log, as metrics and to an
/// operators' webhook, each once per episode over the whole fleet (docs/operating.md).
/// </summary>
internal static class AlertsFeature
{
    public static void AddAlerts(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AlertsOptions>("Alerts", AlertsOptionsValidator.Check);
        var services = builder.Services;
        services.AddSingleton<AlertMetrics>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<IAlertSource, SubscriptionAlerts>();
        services.AddSingleton<IAlertSource, DeadLetterAlerts>();
        services.AddSingleton<IAlertSource, BudgetAlerts>();
        services.AddSingleton<IAlertSource, TokenAlerts>();
        services.AddSingleton<IAlertSource, BreakerAlerts>();
        services.AddHostedService<AlertWatch>();
        services.AddJob<AlertData, AlertJob>(AlertJob.Declaration);
    }
}
