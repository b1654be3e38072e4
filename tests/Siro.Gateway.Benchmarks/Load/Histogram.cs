using System.Numerics;

namespace Siro.Gateway.Benchmarks.Load;

/// <summary>Counts durations in buckets about 3 % wide, from 1 microsecond to hours, without allocating.</summary>
internal sealed class Histogram
{
    private const int StepsPerDoubling = 32;

    private readonly long[] _counts = new long[64 * StepsPerDoubling];

    public long Count { get; private set; }

    public void Add(TimeSpan duration)
    {
        _counts[Bucket((long)duration.TotalMicroseconds)]++;
        Count++;
    }

    public void Add(Histogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    /// <summary>The duration that <paramref name="share"/> of all stay below, 0 where nothing was counted.</summary>
    public TimeSpan Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
            {
                return TimeSpan.FromMicroseconds(Middle(i));
            }
        }

        return TimeSpan.Zero;
    }

    private static int Bucket(long micros)
    {
        if (micros < StepsPerDoubling)
        {
            return (int)Math.Max(micros, 0);
        }

        var doubling = BitOperations.Log2((ulong)micros) - 5; // 5: log2 of StepsPerDoubling
        return ((doubling + 1) * StepsPerDoubling) + (int)((micros >> doubling) - StepsPerDoubling);
    }

    private static double Middle(int bucket)
    {
        if (bucket < StepsPerDoubling)
        {
            return bucket;
        }

        var doubling = (bucket / StepsPerDoubling) - 1;
        var from = (long)((bucket % StepsPerDoubling) + StepsPerDoubling) << doubling;
        return from + ((1L << doubling) / 2d);
    }
}
