using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A run of elements of an <see cref="Arena{T}"/>, in one block or across several. The default value is empty.</summary>
public readonly partial struct Sequence<T>
{
    private readonly Block<T>? _first;
    private readonly int _offset;
    private readonly int _length;

    internal Sequence(Block<T> first, int offset, int length)
    {
        Debug.Assert(length > 0 && offset < first.Items.Length, "A sequence starts at an element.");
        _first = first;
        _offset = offset;
        _length = length;
    }

    /// <summary>Elements in the sequence.</summary>
    public long Length => _length;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Whether <see cref="FirstSpan"/> is all of it.</summary>
    public bool IsSingleSegment => _first is null || _length <= _first.Items.Length - _offset;

    /// <summary>The elements that lie in the first block.</summary>
    public Span<T> FirstSpan => _first is null
        ? default
        : _first.Items.AsSpan(_offset, Math.Min(_length, _first.Items.Length - _offset));

    /// <summary>The elements as spans, one for each block.</summary>
    public SpanEnumerable Spans => new(this);

    /// <summary>The element at <paramref name="index"/>; walks the blocks before it.</summary>
    public ref T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _length);
            var block = _first!;
            var at = (long)_offset + index;
            while (at >= block.Items.Length)
            {
                at -= block.Items.Length;
                block = block.Next!;
            }

            return ref block.Items[at];
        }
    }

    /// <summary>The same without the type.</summary>
    public Sequence Untyped() => new(_first, _offset, _length);

    /// <summary>Walks the elements.</summary>
    public Enumerator GetEnumerator() => new(this);
}
