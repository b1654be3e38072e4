namespace Siro.Gateway.Store;

/// <summary>The job engine's scripts. All of a queue's share the functions of <c>Jobs/shared.lua</c>.</summary>
internal static class JobScripts
{
    public static readonly RedisScript Enqueue = Queue("enqueue");
    public static readonly RedisScript EnqueueMany = Queue("enqueue-many");
    public static readonly RedisScript Claim = Queue("claim");
    public static readonly RedisScript Heartbeat = Queue("heartbeat");
    public static readonly RedisScript Write = Queue("write");
    public static readonly RedisScript Find = Queue("find");
    public static readonly RedisScript Body = Queue("body");
    public static readonly RedisScript List = Queue("list");
    public static readonly RedisScript Count = Queue("count");
    public static readonly RedisScript Revive = Queue("revive");
    public static readonly RedisScript Edit = Queue("edit");
    public static readonly RedisScript Delete = Queue("delete");
    public static readonly RedisScript Sweep = Queue("sweep");

    public static readonly RedisScript Touch = RedisScript.Load("Jobs/registry-touch");
    public static readonly RedisScript Due = RedisScript.Load("Jobs/registry-due");
    public static readonly RedisScript Arm = RedisScript.Load("Jobs/registry-arm");
    public static readonly RedisScript Known = RedisScript.Load("Jobs/registry-known");
    public static readonly RedisScript Forget = RedisScript.Load("Jobs/registry-forget");

    private static RedisScript Queue(string name) => RedisScript.Load("Jobs/" + name, "Jobs/shared");
}
