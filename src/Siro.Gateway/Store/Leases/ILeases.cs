namespace Siro.Gateway.Store.Leases;

/// <summary>Named leases: at most one holder in the fleet at a time, by the store's clock.</summary>
internal interface ILeases
{
    /// <summary>
    /// Takes the lease if nobody holds it, or its holder let it run out. Null when it is held by another.
    /// The lease renews itself until disposed; watch <see cref="Lease.Lost"/>.
    /// </summary>
    /// <param name="name">1 to 200 characters without braces; start it with the feature's name.</param>
    /// <param name="ttl">How long the lease outlives its holder's last renewal; 1 s to 1 h.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer. A lease that was taken all the same runs out by
    /// itself.</exception>
    Task<Lease?> TryAcquireAsync(string name, TimeSpan ttl, CancellationToken cancellationToken);
}
