using System.Collections.Concurrent;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// How an endpoint did lately, in this process: one that is slow, dead or overloaded gets few places at a time, so that many such
/// endpoints together don't take the places of those that answer. Two good answers in a row give it back its full share.
/// </summary>
internal sealed class EndpointPace(TimeProvider time)
{
    /// <summary>Places of an endpoint that answers.</summary>
    public const int Full = 8;

    /// <summary>Places of one that does not.</summary>
    public const int Careful = 2;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Throttled = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, (int Good, long? OneUntil)> _pace = new(StringComparer.Ordinal);

    /// <summary>How many attempts of this partition may be under way.</summary>
    public int Places(string partition)
    {
        if (!_pace.TryGetValue(partition, out var pace))
        {
            return Full;
        }

        return pace.OneUntil is { } until && time.GetTimestamp() < until ? 1 : pace.Good >= 2 ? Full : Careful;
    }

    /// <summary>Notes an attempt.</summary>
    public void Note(string partition, AttemptResult result)
    {
        var good = result.Attempt.Succeeded && result.Attempt.DurationMs < Slow.TotalMilliseconds;
        if (good && !_pace.ContainsKey(partition))
        {
            return;
        }

        long? one = result.IsThrottled ? time.GetTimestamp() + (long)(Throttled.TotalSeconds * time.TimestampFrequency) : null;
        var now = _pace.AddOrUpdate(
            partition,
            _ => (good ? 2 : 0, one),
            (_, before) => (good ? before.Good + 1 : 0, one ?? (good ? null : before.OneUntil)));
        if (now is { Good: >= 2, OneUntil: null })
        {
            _pace.TryRemove(new KeyValuePair<string, (int, long?)>(partition, now));
        }
    }
}
