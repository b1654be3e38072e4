using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

internal static class JobKeys
{
    /// <summary>What all keys of one queue start with; the scripts append <c>meta</c>, <c>due</c>, <c>low</c>, <c>run</c>, <c>all</c>, <c>end</c>, <c>rate</c>,
    /// <c>job:ID</c>, <c>body:ID</c>, <c>tomb:ID</c>, <c>lane:LANE</c>, <c>st:STATE</c>, <c>cl:CLIENT</c>, <c>claim:OWNER</c>, <c>op:OPERATION</c>.</summary>
    public static string Queue(string kind, string partition) => StoreKeys.Key($"job:{kind}:{partition}", "");

    /// <summary>What all keys of a kind's registry of partitions start with; the scripts append <c>due</c>, <c>gen</c>, <c>known</c>, <c>meta</c>.</summary>
    public static string Registry(string kind) => StoreKeys.Key("jobs:" + kind, "");

    /// <summary>The notice channel on which enqueues of a kind are announced; the payload is the partition.</summary>
    public static string Channel(string kind) => "jobs:" + kind;
}
