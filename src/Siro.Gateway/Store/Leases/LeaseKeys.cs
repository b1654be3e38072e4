using Siro.Gateway.Store;

namespace Siro.Gateway.Store.Leases;

internal static class LeaseKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("lease:NAME", "held", KeyType.Hash, "a day after the lease", "owner, fence and end of a lease"),
    ];

    /// <summary>Hash: owner, fence, until (ms, the store's clock).</summary>
    public static string Of(string name) => StoreKeys.Key("lease:" + name, "held");
}
