using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>
/// Makes the blocks of one organization's log, as long as this replica owns its fan-out: from the events that pass by, and, where nobody
/// was there for some (an upgrade, a change of owners), from the log. The newest events, less than a block, have none: a search looks
/// through them all.
/// </summary>
internal sealed class SearchIndex(BlockStore store, OrganizationKey organization, long fence)
{
    /// <summary>Most bytes of payloads of a block, but for one that is larger.</summary>
    public const int MostBytes = 512 * 1024;

    private const int MostEvents = 500;

    private readonly byte[] _signature = new byte[EventSignature.Bytes];
    private long _covered;
    private long? _last;
    private long _first;
    private int _events;
    private long _bytes;

    /// <summary>True while the log holds events that this owner has not seen.</summary>
    public bool IsBehind { get; private set; } = true;

    /// <summary>One step of catching up with the log. Throws <see cref="Store.StoreUnavailableException"/>.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        if (!IsBehind)
        {
            return;
        }

        var page = await store.UncoveredAsync(organization, _last, cancellationToken);
        if (_last is null)
        {
            _covered = page.Covered;
            _last = page.Covered;
        }

        if (await TakeAsync(page.Events, cancellationToken))
        {
            IsBehind = page.More;
        }
    }

    /// <summary>Events that were handed out. Those that catching up has read already are known by their numbers. Throws
    /// <see cref="Store.StoreUnavailableException"/>.</summary>
    public async Task AddAsync(IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
    {
        if (!IsBehind)
        {
            await TakeAsync(events, cancellationToken);
        }
    }

    private async Task<bool> TakeAsync(IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
    {
        foreach (var e in events.Where(e => e.Number > _last))
        {
            EventSignature.Add(_signature, e);
            _first = _events == 0 ? e.Number : _first;
            _last = e.Number;
            _events++;
            _bytes += e.Body.Length;
            if ((_events >= MostEvents || _bytes >= MostBytes) && !await CloseAsync(cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> CloseAsync(CancellationToken cancellationToken)
    {
        var block = new EventRange(_first, _last!.Value);
        var added = await store.AddAsync(organization, fence, _covered, block, _signature, cancellationToken);
        Array.Clear(_signature);
        (_events, _bytes) = (0, 0);
        _covered = block.To;
        if (!added)
        {
            // The store went back to an older state, or forgot: begin again at what it knows.
            (_last, IsBehind) = (null, true);
        }

        return added;
    }
}
