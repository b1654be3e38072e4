using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions;

/// <summary>Whether anybody would hear.</summary>
public interface ISubscribers
{
    /// <summary>True when the organization has at least one subscription. Throws <see cref="Store.StoreUnavailableException"/>.</summary>
    ValueTask<bool> AnyAsync(OrganizationKey organization, CancellationToken cancellationToken);
}
