using System.Collections.Concurrent;

namespace Siro.Gateway.Proxy;

/// <summary>
/// The time limits of calls, used again: making one, its timer and its links for each call costs more than arming one that is there.
/// </summary>
internal sealed class TimeLimits(TimeProvider time)
{
    private const int MostKept = 1024;

    private readonly ConcurrentQueue<CancellationTokenSource> _free = new();

    public CancellationTokenSource Take(TimeSpan limit)
    {
        if (!_free.TryDequeue(out var source))
        {
            return new CancellationTokenSource(limit, time);
        }

        source.CancelAfter(limit);
        return source;
    }

    /// <summary>Whoever took it must have ended with it; one that has fired is not used again.</summary>
    public void GiveBack(CancellationTokenSource source)
    {
        if (_free.Count < MostKept && source.TryReset())
        {
            _free.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }
}
