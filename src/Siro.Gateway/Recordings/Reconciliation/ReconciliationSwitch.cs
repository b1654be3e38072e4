using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>Whether an organization is polled: as the setting says, else once it has webhooks or subscribers.</summary>
internal sealed class ReconciliationSwitch(ISettings<ReconciliationOptions> options, ISettings<SiroOptions> siro, ISubscribers subscribers)
{
    /// <summary>Throws <see cref="StoreUnavailableException"/> where the store has to be asked.</summary>
    public async ValueTask<bool> IsOnAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        siro.Current.Find(organization) is { } configured
        && (options.Current.Enabled
            ?? (configured.WebhookSecrets.Count > 0 || await subscribers.AnyAsync(organization, cancellationToken)));
}
