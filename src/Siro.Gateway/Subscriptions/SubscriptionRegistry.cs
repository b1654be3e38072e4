using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// The registries in memory, for deliveries and lists. It may be a moment old; whatever must not miss a change compares versions
/// (the fan-out) or revisions (changes). Loaded anew on a notice, and by <see cref="RegistryRefresh"/> at least every few seconds.
/// </summary>
internal sealed class SubscriptionRegistry : ISubscribers, IDisposable
{
    private readonly SubscriptionStore _store;
    private readonly ConcurrentDictionary<OrganizationKey, RegistrySnapshot> _snapshots = new();
    private readonly ConcurrentDictionary<OrganizationKey, byte> _stale = new();
    private readonly IDisposable _subscription;

    public SubscriptionRegistry(SubscriptionStore store, IPubSub pubSub)
    {
        _store = store;
        _subscription = pubSub.Subscribe(SubscriptionKeys.Channel, organization =>
        {
            _stale[new OrganizationKey(organization)] = 0;
            Changed?.Invoke(new OrganizationKey(organization));
        });
    }

    /// <summary>A registry has changed somewhere; raised on the notice's thread.</summary>
    public event Action<OrganizationKey>? Changed;

    /// <summary>The last one loaded, or null: for decisions that must not wait.</summary>
    public RegistrySnapshot? Peek(OrganizationKey organization) => _snapshots.GetValueOrDefault(organization);

    /// <summary>The last one loaded; loads where there is none, or it is known to be old.</summary>
    public async ValueTask<RegistrySnapshot> GetAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        !_stale.ContainsKey(organization) && _snapshots.TryGetValue(organization, out var snapshot)
            ? snapshot
            : await ReloadAsync(organization, cancellationToken);

    /// <summary>Loads it now.</summary>
    public async Task<RegistrySnapshot> ReloadAsync(OrganizationKey organization, CancellationToken cancellationToken)
    {
        _stale.TryRemove(organization, out _);
        try
        {
            var loaded = await _store.LoadAsync(organization, cancellationToken);

            // Two loads may cross: the newer one stays. Of another epoch is a store that has forgotten everything, whatever its clock says.
            return _snapshots.AddOrUpdate(
                organization, loaded, (_, held) => loaded.Epoch != held.Epoch || loaded.Version >= held.Version ? loaded : held);
        }
        catch (StoreUnavailableException)
        {
            _stale[organization] = 0;
            throw;
        }
    }

    /// <summary>The subscription as it is now: one that is not known is looked for in the store.</summary>
    public async ValueTask<Subscription?> FindAsync(OrganizationKey organization, SubscriptionId id, CancellationToken cancellationToken) =>
        (await GetAsync(organization, cancellationToken)).Find(id) ?? (await ReloadAsync(organization, cancellationToken)).Find(id);

    /// <inheritdoc />
    public async ValueTask<bool> AnyAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        (await GetAsync(organization, cancellationToken)).Subscriptions.Count > 0;

    public void Dispose() => _subscription.Dispose();
}
