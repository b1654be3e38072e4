using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Webhooks.Hub;

/// <summary>Runs the hub's scripts for one organization; the first key routes, the first argument is the prefix.</summary>
internal sealed class HubStore(RedisStore store)
{
    /// <summary>For reads, and for writes that may be lost with the server.</summary>
    public Task<RedisResult> RunAsync(RedisScript script, OrganizationKey organization, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var prefix = StoreKeys.Webhooks.Hub(organization);
        return store.RunAsync(script, [prefix + "meta"], [prefix, .. arguments], cancellationToken);
    }

    /// <summary>For what is acknowledged to somebody.</summary>
    public Task<RedisResult> CommitAsync(RedisScript script, OrganizationKey organization, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var prefix = StoreKeys.Webhooks.Hub(organization);
        return store.CommitAsync(script, [prefix + "meta"], [prefix, .. arguments], cancellationToken);
    }
}
