using Siro.Gateway.Jobs;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// The deliveries of several subscriptions as one list, newest first. Each subscription has its own slot: a little is asked of each, and
/// more, twice as much each time, only of those that the list has come to the end of, so that a page over a hundred subscriptions reads not
/// much more than it shows.
/// </summary>
internal sealed class DeliveryMerge
{
    private readonly JobQuery _query;
    private readonly List<Source> _sources;

    /// <param name="queue">A subscription's queue.</param>
    /// <param name="after">The cursor of a subscription's queue, or null for its beginning.</param>
    public DeliveryMerge(IReadOnlyCollection<Subscription> subscriptions, JobQuery query, Func<Subscription, JobQueue<DeliveryData>> queue,
        Func<Subscription, long?> after)
    {
        _query = query;
        var first = Math.Clamp(2 * query.Limit / Math.Max(1, subscriptions.Count), Math.Min(5, query.Limit), query.Limit);
        _sources = [.. subscriptions.OrderBy(s => s.Id.Value, StringComparer.Ordinal)
            .Select(s => new Source(s, queue(s), after(s), first))];
    }

    /// <summary>The next delivery, or null at the end. Throws <see cref="Store.StoreUnavailableException"/>.</summary>
    public async Task<(Subscription Subscription, StoredJob<DeliveryData> Job)?> NextAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_sources.Where(s => s.IsShort).Select(s => s.ReadAsync(_query, cancellationToken)));

        // Positions are unique within a slot alone; the first of those that share one is the first by name.
        var next = _sources.Where(s => s.Ahead.Count > 0).MaxBy(s => s.Ahead.Peek().Position);
        return next is null ? null : (next.Subscription, next.Ahead.Dequeue());
    }

    private sealed class Source(Subscription subscription, JobQueue<DeliveryData> queue, long? cursor, int size)
    {
        /// <summary>A page shows no more, so more would be read for nothing.</summary>
        private const int MostAtOnce = 100;

        private long? _cursor = cursor;
        private int _size = size;
        private bool _more = true;

        public Subscription Subscription => subscription;

        public Queue<StoredJob<DeliveryData>> Ahead { get; } = new();

        public bool IsShort => _more && Ahead.Count == 0;

        public async Task ReadAsync(JobQuery query, CancellationToken cancellationToken)
        {
            while (IsShort)
            {
                var page = await queue.ListAsync(query with { Cursor = _cursor, Limit = _size }, cancellationToken);
                foreach (var job in page.Jobs)
                {
                    Ahead.Enqueue(job);
                }

                (_cursor, _more, _size) = (page.Cursor, page.Cursor is not null, Math.Min(2 * _size, MostAtOnce));
            }
        }
    }
}
