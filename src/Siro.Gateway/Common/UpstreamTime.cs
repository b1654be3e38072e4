using System.Diagnostics;

namespace Siro.Gateway.Common;

/// <summary>
/// How long a call was at Siro, all its attempts together: what is left of its time is the gateway's own. One per call; used by one thread
/// at a time.
/// </summary>
internal sealed class UpstreamTime
{
    private long _spent;
    private long _ended;

    /// <summary>An attempt that began then has ended now.</summary>
    public void Ended(long began)
    {
        _ended = Stopwatch.GetTimestamp();
        _spent += _ended - began;
    }

    /// <summary>From <paramref name="began"/> to Siro's last answer, less the time at Siro; null where nothing was sent.</summary>
    public TimeSpan? Added(long began) =>
        _ended == 0 ? null : Stopwatch.GetElapsedTime(began, _ended) - Stopwatch.GetElapsedTime(0, _spent);
}
