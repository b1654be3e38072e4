namespace Siro.Gateway.Benchmarks.Load;

/// <summary>
/// What one burst of load showed. Requests that failed or were answered with anything but 2xx are in <see cref="Errors"/> alone.
/// </summary>
internal sealed record LoadResult(long Requests, long Errors, TimeSpan Time, TimeSpan P50, TimeSpan P99)
{
    public double PerSecond => Requests / Time.TotalSeconds;
}

/// <summary>Keeps a number of connections busy, each with one request at a time.</summary>
internal interface ILoad
{
    string Name { get; }

    Task<LoadResult> RunAsync(LoadTarget target, int connections, TimeSpan time);
}

/// <summary>One GET, with its headers.</summary>
internal sealed record LoadTarget(Uri Address, IReadOnlyList<KeyValuePair<string, string>> Headers);
