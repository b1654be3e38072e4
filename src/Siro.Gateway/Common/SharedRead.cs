namespace Siro.Gateway.Common;

/// <summary>
/// Something that many ask for in the same moment and that may be a little old: the first who asks reads it, the others get the same
/// read, and so do all who come within <paramref name="fresh"/> of its beginning. A read that failed is not kept. Bounded by the
/// number of keys, which are organizations that are configured.
/// </summary>
internal sealed class SharedRead<TKey, T>(TimeSpan fresh, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, (long At, Task<T> Read)> _reads = [];

    /// <param name="read">Reads it for all, so it must not depend on who asks, nor on whether they stay.</param>
    public Task<T> GetAsync(TKey key, Func<TKey, Task<T>> read)
    {
        lock (_gate)
        {
            if (_reads.TryGetValue(key, out var known) && !known.Read.IsFaulted && time.GetElapsedTime(known.At) < fresh)
            {
                return known.Read;
            }

            var next = read(key);
            _reads[key] = (time.GetTimestamp(), next);
            return next;
        }
    }
}
