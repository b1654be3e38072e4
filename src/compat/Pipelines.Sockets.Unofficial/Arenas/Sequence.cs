namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>
/// A <see cref="Sequence{T}"/> whose element type is left out, so that an element can hold a sequence of its own kind
/// (a struct can't hold a generic struct of itself).
/// </summary>
public readonly struct Sequence
{
    private readonly object? _first;
    private readonly int _offset;
    private readonly int _length;

    internal Sequence(object? first, int offset, int length)
    {
        _first = first;
        _offset = offset;
        _length = length;
    }

    /// <summary>Elements in the sequence.</summary>
    public long Length => _length;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The sequence with its type. Throws <see cref="InvalidCastException"/> for any type but the right one; an empty one has every type.</summary>
    public Sequence<T> Cast<T>() => _length == 0 ? default : new Sequence<T>((Block<T>)_first!, _offset, _length);
}
