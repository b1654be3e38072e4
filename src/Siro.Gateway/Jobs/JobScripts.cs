using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>The job engine's scripts. All of a queue's share the functions of <c>Jobs/Scripts/shared.lua</c>.</summary>
internal static class JobScripts
{
    public static readonly RedisScript Enqueue = Queue("enqueue");
    public static readonly RedisScript EnqueueMany = Queue("enqueue-many");
    public static readonly RedisScript Claim = Queue("claim");
    public static readonly RedisScript Heartbeat = Queue("heartbeat");
    public static readonly RedisScript HeartbeatMany = Queue("heartbeat-many");
    public static readonly RedisScript Write = Queue("write");
    public static readonly RedisScript Settle = Queue("settle");
    public static readonly RedisScript RepeatMany = Queue("repeat-many");
    public static readonly RedisScript Find = Queue("find");
    public static readonly RedisScript Body = Queue("body");
    public static readonly RedisScript List = Queue("list");
    public static readonly RedisScript Count = Queue("count");
    public static readonly RedisScript CountState = Queue("count-state");
    public static readonly RedisScript Resume = Queue("resume");
    public static readonly RedisScript MakeDue = Queue("make-due");
    public static readonly RedisScript Edit = Queue("edit");
    public static readonly RedisScript Delete = Queue("delete");
    public static readonly RedisScript Sweep = Queue("sweep");

    public static readonly RedisScript Touch = RedisScript.Load("Jobs/Scripts/registry-touch");
    public static readonly RedisScript Due = RedisScript.Load("Jobs/Scripts/registry-due");
    public static readonly RedisScript Arm = RedisScript.Load("Jobs/Scripts/registry-arm");
    public static readonly RedisScript Known = RedisScript.Load("Jobs/Scripts/registry-known");
    public static readonly RedisScript Forget = RedisScript.Load("Jobs/Scripts/registry-forget");

    private static RedisScript Queue(string name) => RedisScript.Load("Jobs/Scripts/" + name, "Jobs/Scripts/shared");
}
