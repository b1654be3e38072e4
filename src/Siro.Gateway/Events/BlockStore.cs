using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Events;

/// <summary>A part of the log by the numbers of its events, both inclusive.</summary>
internal sealed record EventRange(long From, long To);

/// <summary>Which parts of the log may hold what is looked for, the newest first.</summary>
/// <param name="Lowest">How far down was decided: below it, the next question begins.</param>
/// <param name="More">There are blocks below.</param>
internal sealed record BlockPage(IReadOnlyList<EventRange> Ranges, long Lowest, bool More);

/// <summary>Events that no block covers yet, the oldest first.</summary>
/// <param name="Covered">Up to which number blocks cover the log.</param>
internal sealed record UncoveredPage(long Covered, bool More, IReadOnlyList<StoredEvent> Events);

/// <summary>The blocks of an organization's log and their signatures. Every member throws
/// <see cref="StoreUnavailableException"/>.</summary>
internal sealed class BlockStore(OrganizationStore store)
{
    /// <summary>
    /// Blocks whose bits one script looks at: a hundred took up to 6 ms on a slow machine, in which nobody else is served.
    /// </summary>
    private const int BlocksAtOnce = 50;

    /// <summary>Blocks that one answer names: the search looks through them before it asks again.</summary>
    private const int Most = 20;

    /// <summary>Events read in one step of catching up.</summary>
    private const int Step = 100;

    /// <summary>Where events with all of these bits may be, between two numbers.</summary>
    public async Task<BlockPage> FindAsync(OrganizationKey organization, IReadOnlyList<int> positions, long from, long to,
        CancellationToken cancellationToken)
    {
        RedisValue upTo = to == long.MaxValue ? "+inf" : to;
        var answer = await store.RunAsync(EventScripts.FindBlocks, organization,
            [from, upTo, BlocksAtOnce, Most, .. positions.Select(p => (RedisValue)p)], cancellationToken);
        var (covered, lowest) = (EventLog.Number(answer[0]), EventLog.Number(answer[1]));
        List<EventRange> ranges = to > covered ? [new EventRange(Math.Max(from, covered + 1), to)] : [];
        for (var i = 3; i < answer.Length; i += 2)
        {
            ranges.Add(new EventRange(Math.Max(from, EventLog.Number(answer[i])), Math.Min(to, EventLog.Number(answer[i + 1]))));
        }

        return new BlockPage(ranges, lowest, (int)answer[2] == 1);
    }

    /// <summary>The next events behind <paramref name="last"/> (null: behind the last block), with their bodies. They are put into the
    /// index of their recordings.</summary>
    public async Task<UncoveredPage> UncoveredAsync(OrganizationKey organization, long? last, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(EventScripts.Uncovered, organization,
            [last is { } number ? number : "", Step, SearchIndex.MostBytes], cancellationToken);
        return new UncoveredPage(EventLog.Number(answer[0]), (int)answer[1] == 1, EventLog.Rows(answer, 2));
    }

    /// <summary>Adds the block behind those that end at <paramref name="covered"/>. False where the store knows another end, or another
    /// owner.</summary>
    public async Task<bool> AddAsync(OrganizationKey organization, long fence, long covered, EventRange block,
        ReadOnlyMemory<byte> signature, CancellationToken cancellationToken) =>
        (int)await store.RunAsync(EventScripts.AddBlock, organization, [fence, covered, block.From, block.To, signature],
            cancellationToken) == 1;
}
