namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>One array of an arena, and the one after it.</summary>
internal sealed class Block<T>(T[] items)
{
    public T[] Items { get; } = items;

    public Block<T>? Next { get; set; }
}
