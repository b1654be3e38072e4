namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Where an <see cref="Arena{T}"/> gets its blocks from. StackExchange.Redis passes none and gets plain arrays.</summary>
public abstract class Allocator<T>
{
    /// <summary>An array of at least <paramref name="length"/> elements, all of them default. It is never handed back.</summary>
    public abstract T[] Allocate(int length);
}
