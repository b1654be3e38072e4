using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>The scripts over subscriptions, all in the slot of one organization.</summary>
internal static class SubscriptionScripts
{
    public static readonly RedisScript Registry = Load("registry");
    public static readonly RedisScript Epoch = Load("epoch");

    /// <summary>With what writes an event, because a change and the event about it are one step.</summary>
    public static readonly RedisScript Put = RedisScript.Load(
        "Subscriptions/Scripts/put", "Store/Scripts/organization", "Events/Scripts/shared");

    public static readonly RedisScript Remove = Load("remove");
    public static readonly RedisScript Failing = Load("failing");

    private static RedisScript Load(string name) => RedisScript.Load("Subscriptions/Scripts/" + name, "Store/Scripts/organization");
}
