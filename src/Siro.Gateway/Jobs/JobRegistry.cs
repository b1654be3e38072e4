using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Jobs;

/// <summary>
/// The partitions of a kind and when each is next due, in a slot of its own. Only a guide to where work is: a queue
/// and its registry can't change together, so the order of steps and the sweep keep wake-ups from being lost.
/// <list type="number">
/// <item>Whoever makes work due touches the registry first: the entry exists before the job does.</item>
/// <item>A worker arms a partition's next moment only if nobody has touched it since the worker looked (by generation).</item>
/// <item>An entry touched a moment ago is not taken away but looked at again, because its job may be on the way.</item>
/// <item>A sweep looks at every known partition from time to time, and at those the feature names.</item>
/// </list>
/// </summary>
internal sealed class JobRegistry
{
    private readonly RedisStore _store;
    private readonly JobTouches _touches;
    private readonly string _kind;
    private readonly RedisKey[] _keys;

    internal JobRegistry(RedisStore store, JobTouches touches, JobKind kind)
    {
        var prefix = JobKeys.Registry(kind.Value);
        _store = store;
        _touches = touches;
        _kind = kind.Value;
        _keys = [prefix + "meta", prefix + "due", prefix + "gen", prefix + "touched", prefix + "known"];
    }

    /// <summary>Due in <paramref name="delay"/> or earlier. Answers with the new generation.</summary>
    public async Task<long> TouchAsync(string partition, TimeSpan delay, CancellationToken cancellationToken) =>
        (long)await _store.RunAsync(JobScripts.Touch, _keys, [JobCodec.Milliseconds(delay), partition], cancellationToken);

    /// <summary>
    /// Several partitions are due at once; one script for every hundred. Those that this process touched a moment ago are left out: their
    /// entries stay for longer than that anyway, so that a stream of jobs needs a touch every few seconds only.
    /// </summary>
    public async Task TouchAsync(IEnumerable<string> partitions, CancellationToken cancellationToken)
    {
        foreach (var some in partitions.Where(p => !_touches.Stands(_kind, p)).Chunk(100))
        {
            var sentAt = _touches.Now;
            await _store.RunAsync(JobScripts.Touch, _keys, [0, .. some.Select(p => (RedisValue)p)], cancellationToken);
            foreach (var partition in some)
            {
                _touches.Note(_kind, partition, sentAt);
            }
        }
    }

    /// <summary>
    /// For a job that is claimed as it is stored: due when its lease ends. Left out after a touch of a moment ago, as above: whoever looks
    /// when that lease would end finds this one's.
    /// </summary>
    public async Task TouchClaimedAsync(string partition, TimeSpan lease, CancellationToken cancellationToken)
    {
        var claimed = _kind + "~claimed";
        if (!_touches.Stands(claimed, partition))
        {
            var sentAt = _touches.Now;
            await TouchAsync(partition, lease, cancellationToken);
            _touches.Note(claimed, partition, sentAt);
        }
    }

    /// <summary>The partition's generation, as it is before looking into its queue; 0 when unknown.</summary>
    public async Task<long> GenerationAsync(string partition, CancellationToken cancellationToken)
    {
        var known = await _store.QueryAsync(database => database.HashGetAsync(_keys[2], partition), cancellationToken);
        return known.IsNull ? 0 : (long)known;
    }

    /// <summary>Partitions that are due, longest first.</summary>
    public async Task<DuePartitions> DueAsync(int most, CancellationToken cancellationToken)
    {
        var answer = await _store.RunAsync(JobScripts.Due, _keys, [most], cancellationToken);
        return new DuePartitions(Partitions(answer, 1), JobCodec.Wait(answer[0]));
    }

    /// <summary>
    /// Sets when the partition is next due, null for not at all. False when it was touched after <paramref name="generation"/>: look again.
    /// </summary>
    public Task<bool> ArmAsync(string partition, long generation, TimeSpan? next, CancellationToken cancellationToken) =>
        ArmAsync(partition, generation, next, onlyForward: false, cancellationToken);

    /// <summary>
    /// Like <see cref="ArmAsync(string, long, TimeSpan?, CancellationToken)"/>, but never later than it is: for a look that does not claim.
    /// </summary>
    public Task<bool> BringForwardAsync(string partition, long generation, TimeSpan? next, CancellationToken cancellationToken) =>
        ArmAsync(partition, generation, next, onlyForward: true, cancellationToken);

    /// <summary>Which of the partitions the registry has forgotten, or never known.</summary>
    public async Task<IReadOnlyList<string>> UnknownAsync(IReadOnlyCollection<string> partitions, CancellationToken cancellationToken)
    {
        string[] names = [.. partitions];
        var generations = await _store.QueryAsync(
            database => database.HashGetAsync(_keys[2], Array.ConvertAll(names, name => (RedisValue)name)), cancellationToken);
        return [.. names.Where((_, i) => generations[i].IsNull)];
    }

    /// <summary>Partitions that nobody in the fleet has swept for <paramref name="interval"/>; they count as swept from now on.</summary>
    public async Task<IReadOnlyList<PartitionEntry>> TakeForSweepAsync(TimeSpan interval, int most, CancellationToken cancellationToken) =>
        Partitions(await _store.RunAsync(JobScripts.Known, _keys, [JobCodec.Milliseconds(interval), most], cancellationToken), 0);

    /// <summary>Drops an empty partition that nobody has touched for an hour.</summary>
    public async Task<bool> ForgetAsync(string partition, long generation, CancellationToken cancellationToken) =>
        (int)await _store.RunAsync(JobScripts.Forget, _keys, [partition, generation], cancellationToken) == 1;

    private async Task<bool> ArmAsync(
        string partition, long generation, TimeSpan? next, bool onlyForward, CancellationToken cancellationToken) =>
        (int)await _store.RunAsync(
            JobScripts.Arm,
            _keys,
            [partition, generation, next is { } wait ? JobCodec.Milliseconds(wait) : -1, onlyForward ? 1 : 0],
            cancellationToken) == 1;

    private static List<PartitionEntry> Partitions(RedisResult answer, int start)
    {
        var partitions = new List<PartitionEntry>();
        for (var i = start; i + 1 < answer.Length; i += 2)
        {
            partitions.Add(new PartitionEntry((string)answer[i]!, (long)answer[i + 1]));
        }

        return partitions;
    }
}

internal readonly record struct PartitionEntry(string Partition, long Generation);

/// <param name="Next">How long until the next partition is due; null when none is.</param>
internal sealed record DuePartitions(IReadOnlyList<PartitionEntry> Partitions, TimeSpan? Next);
