namespace Siro.Gateway.Store;

internal static partial class StoreKeys
{
    internal static class Leases
    {
        /// <summary>Hash: owner, fence, until (ms, the store's clock).</summary>
        public static string Of(string name) => Key("lease:" + name, "held");
    }
}
