using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

internal static class JobKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("job:KIND:PARTITION", "meta", KeyType.Hash, "2 days after the last new job", "counters of a queue"),
        new("job:KIND:PARTITION", "due", KeyType.SortedSet, null, "ids by when they are due; of running jobs by the end of their lease"),
        new("job:KIND:PARTITION", "low", KeyType.SortedSet, null, "ids that are due behind all others (replays)"),
        new("job:KIND:PARTITION", "run", KeyType.SortedSet, null, "ids of running jobs"),
        new("job:KIND:PARTITION", "all", KeyType.SortedSet, null, "ids by age"),
        new("job:KIND:PARTITION", "end", KeyType.SortedSet, null, "ids of ended jobs by when they are removed"),
        new("job:KIND:PARTITION", "rate", KeyType.List, "5 s after its window", "when the last jobs were claimed, where a rate is set"),
        new("job:KIND:PARTITION", "job:ID", KeyType.Hash, null, "a job: state, moments, and its data in `f:` fields"),
        new("job:KIND:PARTITION", "body:ID", KeyType.String, null, "bytes beside a job"),
        new("job:KIND:PARTITION", "tomb:ID", KeyType.String, "`RememberFor` of the job", "that a removed job was there"),
        new("job:KIND:PARTITION", "lane:LANE", KeyType.SortedSet, null, "jobs that run one after another"),
        new("job:KIND:PARTITION", "st:STATE", KeyType.SortedSet, null, "jobs of one state"),
        new("job:KIND:PARTITION", "cl:CLIENT", KeyType.SortedSet, null, "one client's jobs"),
        new("job:KIND:PARTITION", "claim:OWNER", KeyType.Hash, "15 minutes", "a worker's last claim, so that it can be repeated"),
        new("job:KIND:PARTITION", "op:OPERATION", KeyType.String, "10 minutes", "that a deletion was carried out"),
        new("jobs:KIND", "meta", KeyType.Hash, null, "counters of the registry of a kind"),
        new("jobs:KIND", "due", KeyType.SortedSet, null, "partitions by when they have something due"),
        new("jobs:KIND", "gen", KeyType.Hash, null, "how often each partition was touched"),
        new("jobs:KIND", "touched", KeyType.Hash, null, "when each was touched"),
        new("jobs:KIND", "known", KeyType.SortedSet, null, "partitions by when they were last swept"),
    ];

    /// <summary>What all keys of one queue start with; the scripts append the rest (<see cref="Patterns"/>).</summary>
    public static string Queue(string kind, string partition) => StoreKeys.Key($"job:{kind}:{partition}", "");

    /// <summary>What all keys of a kind's registry of partitions start with; the scripts append the rest.</summary>
    public static string Registry(string kind) => StoreKeys.Key("jobs:" + kind, "");

    /// <summary>The notice channel on which enqueues of a kind are announced; the payload is the partition.</summary>
    public static string Channel(string kind) => "jobs:" + kind;
}
