namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>Times in a few buckets, a quarter to a half apart: enough for percentiles on a chart, and they add up over replicas.</summary>
internal static class LatencyBuckets
{
    /// <summary>Upper bounds in milliseconds; beyond the last is one more bucket.</summary>
    private static readonly double[] Bounds =
        [0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000,
            10000, 30000];

    /// <summary>Buckets there are.</summary>
    public static int Count => Bounds.Length + 1;

    public static int Of(double milliseconds)
    {
        var at = Array.BinarySearch(Bounds, milliseconds);
        return at < 0 ? ~at : at;
    }

    /// <summary>The time that a part of all stays below, interpolated within its bucket; null where nothing was counted.</summary>
    public static double? Percentile(IReadOnlyList<long> counts, double part)
    {
        var total = counts.Sum();
        if (total == 0)
        {
            return null;
        }

        var wanted = total * part;
        long below = 0;
        for (var i = 0; i < counts.Count; i++)
        {
            if (counts[i] > 0 && below + counts[i] >= wanted)
            {
                var low = i == 0 ? 0 : Bounds[i - 1];
                var high = i < Bounds.Length ? Bounds[i] : Bounds[^1];
                return Math.Round(low + ((high - low) * (wanted - below) / counts[i]), 3);
            }

            below += counts[i];
        }

        return Bounds[^1];
    }
}
