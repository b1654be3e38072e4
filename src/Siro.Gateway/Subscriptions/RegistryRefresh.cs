using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Loads the registries every few seconds, because a notice can be lost, and wakes the deliveries of those whose limits have changed.
/// Subscriptions live longer than any encryption key: what an older key encrypted is encrypted anew, so that the key can be taken out.
/// </summary>
internal sealed partial class RegistryRefresh(
    SubscriptionRegistry registry, SubscriptionStore store, ISubscriptionListener listener, StoreClock clock, ISettings<SiroOptions> siro,
    ILogger<RegistryRefresh> logger) : PeriodicService(clock.Time, logger)
{
    // Not at each load: while keys are rolled out, replicas differ in which one is the first, and would undo each other's work for ever.
    private static readonly TimeSpan ReEncryptEvery = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<OrganizationKey, long> _sealed = new();

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

        await ReEncryptAsync(organization, now, cancellationToken);
    }

    private async Task ReEncryptAsync(OrganizationKey organization, RegistrySnapshot now, CancellationToken cancellationToken)
    {
        if (_sealed.TryGetValue(organization, out var last) && clock.Since(last) < ReEncryptEvery)
        {
            return;
        }

        _sealed[organization] = clock.Timestamp();
        foreach (var subscription in now.Subscriptions.Values.Where(s => s.EncryptedWithOlderKey))
        {
            // One that has changed meanwhile was written with a key of its writer's: looked at again the next time.
            var (status, _) = await store.PutAsync(subscription, PutMode.Replace, subscription.Revision, with: null, cancellationToken);
            if (status == PutStatus.Written)
            {
                Log.ReEncrypted(logger, subscription.Partition);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2033, LogLevel.Information,
            "The secrets of subscription {Subscription} were re-encrypted with the first of Store:EncryptionKeys")]
        public static partial void ReEncrypted(ILogger logger, string subscription);
    }
}
