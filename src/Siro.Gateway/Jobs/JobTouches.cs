using System.Collections.Concurrent;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Which partitions this process has touched in their registry a moment ago. An entry stays for ten seconds after a touch, whatever is
/// found in the queue meanwhile (registry-arm.lua): a job that is stored within <see cref="Stand"/> is still behind its touch.
/// </summary>
internal sealed class JobTouches(StoreClock clock)
{
    /// <summary>Ten seconds less the longest that storing a job may take, and as much again.</summary>
    private static readonly TimeSpan Stand = TimeSpan.FromSeconds(4);

    /// <summary>Beyond this all are forgotten: each is only a touch more.</summary>
    private const int Most = 20_000;

    private readonly ConcurrentDictionary<(string Kind, string Partition), long> _touched = new();

    public long Now => clock.Timestamp();

    public bool Stands(string kind, string partition) =>
        _touched.TryGetValue((kind, partition), out var at) && clock.Since(at) < Stand;

    /// <param name="sentAt"><see cref="Now"/> from before the touch was sent.</param>
    public void Note(string kind, string partition, long sentAt)
    {
        if (_touched.Count >= Most)
        {
            _touched.Clear();
        }

        _touched[(kind, partition)] = sentAt;
    }
}
