using System.Collections.Concurrent;

namespace Siro.Gateway.Client.Receiving;

/// <summary>
/// The inbox that is used where the application registers none: the ids of the last 100,000 events, in this process alone. Another
/// process, or this one after a restart, handles a repeated delivery again.
/// </summary>
internal sealed class MemoryInbox : ISiroEventInbox
{
    private const int Kept = 100_000;

    private readonly ConcurrentDictionary<string, bool> _handled = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    public async Task<SiroInboxOutcome> HandleOnceAsync(
        SiroEventContext context, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        var id = context.Event.Id;
        if (!_handled.TryAdd(id, false))
        {
            return _handled.TryGetValue(id, out var done) && done ? SiroInboxOutcome.Duplicate : SiroInboxOutcome.Busy;
        }

        var handled = false;
        try
        {
            await handle(cancellationToken).ConfigureAwait(false);
            handled = true;
        }
        finally
        {
            if (handled)
            {
                _handled[id] = true;
                _order.Enqueue(id);
                if (_order.Count > Kept && _order.TryDequeue(out var oldest))
                {
                    _handled.TryRemove(oldest, out _);
                }
            }
            else
            {
                _handled.TryRemove(id, out _);
            }
        }

        return SiroInboxOutcome.Handled;
    }
}
