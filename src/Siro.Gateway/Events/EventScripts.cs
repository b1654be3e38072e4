using Siro.Gateway.Store;

namespace Siro.Gateway.Events;

/// <summary>The scripts over events, all in the slot of one organization.</summary>
internal static class EventScripts
{
    public static readonly RedisScript Ingest = Load("ingest");
    public static readonly RedisScript Announce = Load("announce");
    public static readonly RedisScript Next = Load("next");
    public static readonly RedisScript Advance = Load("advance");
    public static readonly RedisScript List = Load("list");
    public static readonly RedisScript Find = Load("find");
    public static readonly RedisScript FindMany = Load("find-many");
    public static readonly RedisScript Variant = Load("variant");
    public static readonly RedisScript Trim = Load("trim");
    public static readonly RedisScript Ack = Load("ack");
    public static readonly RedisScript Cursor = Load("cursor");
    public static readonly RedisScript FindBlocks = Load("find-blocks");
    public static readonly RedisScript Uncovered = Load("uncovered");
    public static readonly RedisScript AddBlock = Load("add-block");

    private static RedisScript Load(string name) =>
        RedisScript.Load("Events/Scripts/" + name, "Store/Scripts/organization", "Events/Scripts/shared");
}
