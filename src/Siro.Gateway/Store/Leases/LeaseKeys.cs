using Siro.Gateway.Store;

namespace Siro.Gateway.Store.Leases;

internal static class LeaseKeys
{
    /// <summary>Hash: owner, fence, until (ms, the store's clock).</summary>
    public static string Of(string name) => StoreKeys.Key("lease:" + name, "held");
}
