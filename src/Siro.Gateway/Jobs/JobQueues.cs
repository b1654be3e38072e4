using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.Jobs;

/// <summary>
/// The entrance to the job engine. A queue is a kind and a partition and lives in one hash slot;
/// it needs no creation. Partitions are what is kept apart: a subscription, a client, or one word for all.
/// </summary>
internal sealed class JobQueues(RedisStore store, IPubSub pubSub, StoreClock clock, Randomness randomness)
{
    private readonly JobTouches _touches = new(clock);

    internal RedisStore Store { get; } = store;

    internal IPubSub PubSub { get; } = pubSub;

    internal StoreClock Clock { get; } = clock;

    internal Randomness Randomness { get; } = randomness;

    /// <param name="partition">1 to 200 characters without braces; part of key names, so no secrets and nothing personal.</param>
    public JobQueue Queue(JobKind kind, string partition) => new(this, kind, partition);

    internal JobRegistry Registry(JobKind kind) => new(Store, _touches, kind);
}
