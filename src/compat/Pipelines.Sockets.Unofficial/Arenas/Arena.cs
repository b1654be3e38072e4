using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>
/// Hands out runs of elements from a chain of blocks and takes all of them back at once with <see cref="Reset"/>.
/// For one thread at a time. A <see cref="Sequence{T}"/> is valid until the next reset.
/// </summary>
public sealed class Arena<T> : IDisposable
{
    private readonly ArenaOptions _options;
    private readonly Allocator<T>? _allocator;
    private readonly int _blockLength;
    private Block<T>? _first;
    private Block<T>? _current;
    private int _usedOfCurrent;
    private long _used;
    private long _kept;
    private bool _disposed;

    /// <summary>Allocates nothing yet. Null options and a null allocator are the defaults.</summary>
    public Arena(ArenaOptions? options = null, Allocator<T>? allocator = null)
    {
        _options = options ?? new ArenaOptions();
        _allocator = allocator;
        _blockLength = Math.Max(1, _options.BlockSizeBytes / Unsafe.SizeOf<T>());
    }

    /// <summary>A run of <paramref name="length"/> elements, which may span blocks. Zero gives the empty sequence.</summary>
    public Sequence<T> Allocate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (length == 0)
        {
            return default;
        }

        if (_current is null)
        {
            _current = _first = NewBlock();
        }
        else if (_usedOfCurrent == _current.Items.Length)
        {
            Advance();
        }

        var result = new Sequence<T>(_current, _usedOfCurrent, length);
        var missing = length;
        while (true)
        {
            var taken = Math.Min(missing, _current.Items.Length - _usedOfCurrent);
            _usedOfCurrent += taken;
            missing -= taken;
            if (missing == 0)
            {
                break;
            }

            Advance();
        }

        _used += length;
        return result;
    }

    /// <summary>Takes every element back and lets go of the blocks that the retention policy doesn't keep.</summary>
    public void Reset()
    {
        if (_first is null || _used == 0)
        {
            return;
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>() || _options.Flags.HasFlag(ArenaFlags.ClearAtReset))
        {
            Clear();
        }

        _kept = Math.Max(0, _options.RetentionPolicy(_kept, _used));
        Trim(_first, _kept);
        _current = _first;
        _usedOfCurrent = 0;
        _used = 0;
    }

    /// <summary>
    /// Lets go of all blocks. They are not cleared: a thread that still reads a sequence while its connection is
    /// closed must not see its elements change.
    /// </summary>
    public void Dispose()
    {
        _disposed = true;
        _first = _current = null;
    }

    private static void Trim(Block<T> first, long keep)
    {
        // The first block always stays.
        var last = first;
        for (long held = first.Items.Length; held < keep && last.Next is not null; held += last.Items.Length)
        {
            last = last.Next;
        }

        last.Next = null;
    }

    private void Clear()
    {
        for (var block = _first; block is not null; block = block.Next)
        {
            if (ReferenceEquals(block, _current))
            {
                Array.Clear(block.Items, 0, _usedOfCurrent);
                return;
            }

            Array.Clear(block.Items);
        }
    }

    private void Advance()
    {
        _current = _current!.Next ??= NewBlock();
        _usedOfCurrent = 0;
    }

    private Block<T> NewBlock()
    {
        var items = _allocator is null ? new T[_blockLength] : _allocator.Allocate(_blockLength);
        return items.Length > 0 ? new Block<T>(items) : throw new InvalidOperationException("The allocator gave an empty block.");
    }
}
