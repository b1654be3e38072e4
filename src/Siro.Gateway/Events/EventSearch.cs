using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>What was found, newest first.</summary>
/// <param name="Last">How far down it looked: the next page begins below.</param>
/// <param name="More">There may be more below.</param>
internal sealed record SearchResult(IReadOnlyList<StoredEvent> Events, long Last, bool More);

/// <summary>Searches the log, newest first, in small steps at the store until the page is full or patience is over. Throws
/// <see cref="Store.StoreUnavailableException"/>.</summary>
internal sealed class EventSearch(EventLog log, BlockStore blocks, TimeProvider time)
{
    /// <summary>How long one request looks; then the page is short and has a cursor.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>Most events that one script looks at.</summary>
    private const int Step = 200;

    public async Task<SearchResult> FindAsync(OrganizationKey organization, EventQuery query, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        query = query with { ScanLimit = Math.Min(query.ScanLimit, Step) };

        // A recording has an index of its own.
        var positions = query.RecordingId is null ? EventSignature.Positions(query) : [];
        List<StoredEvent> found = [];
        for (var to = query.To; ;)
        {
            var page = positions.Count == 0
                ? new BlockPage([new EventRange(query.From, to)], query.From, false)
                : await blocks.FindAsync(organization, positions, query.From, to, cancellationToken);
            foreach (var range in page.Ranges)
            {
                var last = await ScanAsync(organization, query with { From = range.From, To = range.To }, found, began, cancellationToken);
                if (last is { } number)
                {
                    return new SearchResult(found, number, true);
                }

                if (IsEnough(found, query, began) && (page.More || range != page.Ranges[^1]))
                {
                    return new SearchResult(found, range.From, true);
                }
            }

            if (!page.More)
            {
                return new SearchResult(found, 0, false);
            }

            if (time.GetElapsedTime(began) >= TimeLimit)
            {
                return new SearchResult(found, page.Lowest, true);
            }

            to = page.Lowest - 1;
        }
    }

    /// <summary>Looks through one part of the log; answers with the last number it saw where it stopped before the end of the
    /// part.</summary>
    private async Task<long?> ScanAsync(OrganizationKey organization, EventQuery query, List<StoredEvent> found, long began,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await log.ListAsync(organization, query with { Limit = query.Limit - found.Count }, cancellationToken);
            found.AddRange(page.Events);
            if (!page.More || page.Last == 0)
            {
                return null;
            }

            if (IsEnough(found, query, began))
            {
                return page.Last;
            }

            query = query with { To = page.Last - 1 };
        }
    }

    private bool IsEnough(List<StoredEvent> found, EventQuery query, long began) => found.Count >= query.Limit
        || time.GetElapsedTime(began) >= TimeLimit;
}
