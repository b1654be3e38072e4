using Siro.Gateway.Store;

namespace Siro.Gateway.Webhooks.Hub;

/// <summary>The hub's scripts, all in the slot of one organization.</summary>
internal static class HubScripts
{
    public static readonly RedisScript Ingest = Load("ingest");
    public static readonly RedisScript Announce = Load("announce");
    public static readonly RedisScript Next = Load("next");
    public static readonly RedisScript Advance = Load("advance");
    public static readonly RedisScript List = Load("list");
    public static readonly RedisScript Find = Load("find");
    public static readonly RedisScript Variant = Load("variant");
    public static readonly RedisScript Trim = Load("trim");
    public static readonly RedisScript Registry = Load("registry");
    public static readonly RedisScript Put = Load("put");
    public static readonly RedisScript Remove = Load("remove");
    public static readonly RedisScript Ack = Load("ack");
    public static readonly RedisScript Cursor = Load("cursor");
    public static readonly RedisScript Failing = Load("failing");

    private static RedisScript Load(string name) => RedisScript.Load("Store/Scripts/Webhooks/" + name, "Store/Scripts/Webhooks/hub");
}
