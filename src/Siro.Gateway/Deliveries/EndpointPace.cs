using System.Collections.Concurrent;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// How an endpoint did lately, in this process: one that is slow, dead or overloaded gets few places at a time, so that many such
/// endpoints together don't take the places of those that answer. Two good answers in a row give it back its full share, and one that
/// has answered quickly a hundred times in a row gets more than that.
/// </summary>
internal sealed class EndpointPace(TimeProvider time)
{
    /// <summary>Places of an endpoint that has answered quickly for a while.</summary>
    public const int Proven = 32;

    /// <summary>Places of an endpoint that answers.</summary>
    public const int Full = 8;

    /// <summary>Places of one that does not.</summary>
    public const int Careful = 2;

    private const int Proof = 100;
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Throttled = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, (int Good, long? OneUntil)> _pace = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Streak> _quick = new(StringComparer.Ordinal);

    /// <summary>How many attempts of this partition may be under way.</summary>
    public int Places(string partition)
    {
        if (!_pace.TryGetValue(partition, out var pace))
        {
            return _quick.TryGetValue(partition, out var quick) && Volatile.Read(ref quick.Count) >= Proof ? Proven : Full;
        }

        return pace.OneUntil is { } until && time.GetTimestamp() < until ? 1 : pace.Good >= 2 ? Full : Careful;
    }

    /// <summary>Notes an attempt.</summary>
    public void Note(string partition, AttemptResult result)
    {
        var good = result.Attempt.Succeeded && result.Attempt.DurationMs < Slow.TotalMilliseconds;
        if (good && result.Attempt.DurationMs < Quick.TotalMilliseconds)
        {
            var quick = _quick.GetOrAdd(partition, static _ => new Streak());
            if (Volatile.Read(ref quick.Count) < Proof)
            {
                Interlocked.Increment(ref quick.Count);
            }
        }
        else
        {
            _quick.TryRemove(partition, out _);
        }

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

    /// <summary>Quick answers in a row.</summary>
    private sealed class Streak
    {
        public int Count;
    }
}
