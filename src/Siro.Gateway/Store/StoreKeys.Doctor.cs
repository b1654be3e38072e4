namespace Siro.Gateway.Store;

internal static partial class StoreKeys
{
    /// <summary>What the examination writes and takes away again; each id has a slot of its own.</summary>
    public static string Doctor(string id) => Key("doctor:" + id, "probe");
}
