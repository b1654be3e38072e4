using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Which subscriptions a caller sees: its own, those of gateway.json that belong to no client, and with <c>admin</c> all of its
/// organization.
/// </summary>
internal sealed class SubscriptionAccess(SubscriptionRegistry registry, ConfiguredSubscriptions configured)
{
    /// <summary>True when this caller may know of it.</summary>
    public static bool Sees(Caller caller, Subscription subscription) =>
        caller.May(Permissions.Admin) || subscription.Owner == caller.Client || (subscription.Owner is null && subscription.Configured);

    /// <summary>Those that the caller sees, by id.</summary>
    public async Task<IReadOnlyList<Subscription>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var snapshot = await ReloadAsync(caller, cancellationToken);
        return [.. snapshot.Subscriptions.Values.Where(s => Sees(caller, s)).OrderBy(s => s.Id.Value, StringComparer.Ordinal)];
    }

    /// <summary>The subscription as it is now. Throws 404 <c>subscription_not_found</c>, also for another client's.</summary>
    public async Task<Subscription> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var snapshot = await ReloadAsync(caller, cancellationToken);
        return Seen(caller, SubscriptionId.IsValid(id) ? snapshot.Find(new SubscriptionId(id)) : null);
    }

    /// <summary>The same from memory, for readers that come often.</summary>
    public async Task<Subscription> FindQuicklyAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        await configured.RegisterAsync(caller.Organization, cancellationToken);
        return Seen(caller,
            SubscriptionId.IsValid(id) ? await registry.FindAsync(caller.Organization, new SubscriptionId(id), cancellationToken) : null);
    }

    private async Task<RegistrySnapshot> ReloadAsync(Caller caller, CancellationToken cancellationToken)
    {
        await configured.RegisterAsync(caller.Organization, cancellationToken);
        return await registry.ReloadAsync(caller.Organization, cancellationToken);
    }

    private static Subscription Seen(Caller caller, Subscription? subscription) => subscription is not null && Sees(caller, subscription)
        ? subscription
        : throw new ProblemException(new Problem(404, "subscription_not_found", "No such subscription, or it belongs to another client."));
}
