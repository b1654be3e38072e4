using Siro.Gateway.Common;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

/// <summary>
/// Runs scripts in the slot of one organization, where its events and its subscriptions are, so that one script sees both. The first key
/// routes, the first argument is the prefix that the scripts' key names start with.
/// </summary>
internal sealed class OrganizationStore(RedisStore store)
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("hub:ORGANIZATION", "meta", KeyType.Hash, null, "counters of the events and of the registry of subscriptions"),
    ];

    /// <summary>For reads, and for writes that may be lost with the server.</summary>
    public Task<RedisResult> RunAsync(
        RedisScript script, OrganizationKey organization, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var prefix = Prefix(organization);
        return store.RunAsync(script, [prefix + "meta"], [prefix, .. arguments], cancellationToken);
    }

    /// <summary>For what is acknowledged to somebody.</summary>
    public Task<RedisResult> CommitAsync(
        RedisScript script, OrganizationKey organization, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var prefix = Prefix(organization);
        return store.CommitAsync(script, [prefix + "meta"], [prefix, .. arguments], cancellationToken);
    }

    /// <summary>Plain reads, with the prefix of the organization's keys.</summary>
    public Task<T> QueryAsync<T>(
        OrganizationKey organization, Func<IDatabase, string, Task<T>> read, CancellationToken cancellationToken) =>
        store.QueryAsync(database => read(database, Prefix(organization)), cancellationToken);

    /// <summary>
    /// What all keys of the organization's events and subscriptions start with. The scripts append what <see cref="Patterns"/> and those of
    /// the two features name; <c>meta</c> has the last number, registry version, bytes, fence, duplicates, epoch, covered and indexed.
    /// </summary>
    private static string Prefix(OrganizationKey organization) => StoreKeys.Key("hub:" + organization.Value, "");
}
