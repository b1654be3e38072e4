using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Alerts;

/// <summary>Organizations with more dead letters than they may have, over all their subscriptions.</summary>
internal sealed class DeadLetterAlerts(
    SubscriptionRegistry registry, JobQueues queues, ISettings<SiroOptions> siro, ISettings<AlertsOptions> settings) : IAlertSource
{
    public AlertKind Kind => AlertKind.DeadLetters;

    public bool IsShared => true;

    public async Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken)
    {
        var most = settings.Current.DeadLetters;
        var signals = new List<AlertSignal>();
        foreach (var name in siro.Current.Organizations.Keys)
        {
            var organization = new OrganizationKey(name);
            var (dead, worst, worstDead) = (0L, "", 0L);
            foreach (
                var subscription in (await registry.GetAsync(organization, cancellationToken)).Subscriptions.Values.Where(s => !s.IsPull))
            {
                var queue = queues.Queue(DeliveryJob.Declaration, subscription.Partition);
                var count = await queue.CountOfStateAsync(DeliveryState.Dead, cancellationToken);
                dead += count;
                (worst, worstDead) = count > worstDead ? (subscription.Id.Value, count) : (worst, worstDead);
            }

            if (dead > most)
            {
                signals.Add(new AlertSignal(Kind, organization, "deliveries", 1,
                    $"{name} has {dead} dead letters, {worstDead} of them of subscription {worst}. Mend the subscriber, then replay."));
            }
        }

        return signals;
    }
}
