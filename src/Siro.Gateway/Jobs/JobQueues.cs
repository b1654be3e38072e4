using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.Jobs;

/// <summary>
/// The entrance to the job engine. A queue is a kind and a partition and lives in one hash slot;
/// it needs no creation. Partitions are what is kept apart: a subscription, a client, or one word for all.
/// </summary>
internal sealed class JobQueues(RedisStore store, IPubSub pubSub, StoreClock clock, Randomness randomness, StoreCipher cipher)
{
    private readonly JobTouches _touches = new(clock);

    /// <summary>What is being worked off in this process in batches, by kind and partition.</summary>
    private readonly ConcurrentDictionary<(string Kind, string Partition), PartitionRun> _runs = new();

    internal RedisStore Store { get; } = store;

    internal IPubSub PubSub { get; } = pubSub;

    internal StoreClock Clock { get; } = clock;

    internal Randomness Randomness { get; } = randomness;

    /// <param name="partition">1 to 200 characters without braces; part of key names, so no secrets and nothing personal.</param>
    public JobQueue Queue(JobKind kind, string partition) => new(this, kind, partition);

    /// <inheritdoc cref="Queue(JobKind, string)"/>
    public JobQueue<TData> Queue<TData>(Job<TData> job, string partition)
        where TData : class => new(Queue(job.Kind, partition), Data(job));

    internal JobData<TData> Data<TData>(Job<TData> job)
        where TData : class => new(job, cipher);

    internal PartitionRun? Run(JobKind kind, string partition) => _runs.GetValueOrDefault((kind.Value, partition));

    internal void Begun(JobKind kind, string partition, PartitionRun run) => _runs[(kind.Value, partition)] = run;

    internal void Ended(JobKind kind, string partition, PartitionRun run) =>
        _runs.TryRemove(new KeyValuePair<(string, string), PartitionRun>((kind.Value, partition), run));

    internal JobRegistry Registry(JobKind kind) => new(Store, _touches, kind);
}
