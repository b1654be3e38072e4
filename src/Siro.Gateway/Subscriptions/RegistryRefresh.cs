using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Loads the registries every few seconds, because a notice can be lost, wakes the deliveries of those whose limits have changed, and sees
/// to it that no secret depends on an older encryption key.
/// </summary>
internal sealed class RegistryRefresh(
    SubscriptionRegistry registry, SecretReEncryption reEncryption, ISubscriptionListener listener, StoreClock clock,
    ISettings<SiroOptions> siro, ILogger<RegistryRefresh> logger) : PeriodicService(clock.Time, logger)
{
    protected override TimeSpan Pause => TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        registry.Changed += OnChanged;
        await base.ExecuteAsync(stoppingToken);
        registry.Changed -= OnChanged;

        void OnChanged(OrganizationKey organization) => _ = AttemptAsync(token => RefreshAsync(organization, token), stoppingToken);
    }

    protected override async Task RoundAsync(CancellationToken stoppingToken)
    {
        foreach (var organization in siro.Current.Organizations.Keys.Select(k => new OrganizationKey(k)))
        {
            await AttemptAsync(token => RefreshAsync(organization, token), stoppingToken);
        }
    }

    private async Task RefreshAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        var before = registry.Peek(organization);
        var now = await registry.ReloadAsync(organization, cancellationToken);
        foreach (var changed in now.Subscriptions.Values.Where(s => !s.IsPull && before?.Find(s.Id) is { } old
            && old.Revision != s.Revision))
        {
            await listener.ChangedAsync(changed, cancellationToken);
        }

        await reEncryption.RunAsync(organization, now, cancellationToken);
    }
}
