namespace Siro.Gateway.Telemetry.Logs;

/// <summary>
/// Lines one after the other in blocks that are used again. One buffer that grows would be a large object for each burst, and the collector
/// takes those away with the oldest generation alone. A line is never parted.
/// </summary>
internal sealed class LineBlocks
{
    /// <summary>Below the 85,000 bytes from which on an object is a large one.</summary>
    private const int BlockBytes = 64 * 1024;

    /// <summary>Blocks of a burst that are kept for the next: 1 MiB.</summary>
    private const int MostKept = 16;

    private readonly List<Block> _blocks = [];
    private int _used;

    /// <summary>Bytes of all lines.</summary>
    public int Length { get; private set; }

    /// <summary>Those that hold lines, in their order.</summary>
    public IEnumerable<Block> Used => _blocks.Take(_used);

    /// <summary>Takes a line with its end. It is copied.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (_used == 0 || !_blocks[_used - 1].TryAdd(line))
        {
            if (_used == _blocks.Count || line.Length > BlockBytes)
            {
                _blocks.Insert(_used, new Block(Math.Max(BlockBytes, line.Length)));
            }

            _blocks[_used++].TryAdd(line);
        }

        Length += line.Length;
    }

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        _blocks.RemoveAll(b => b.Size > BlockBytes);
        if (_blocks.Count > MostKept)
        {
            _blocks.RemoveRange(MostKept, _blocks.Count - MostKept);
        }

        foreach (var block in _blocks)
        {
            block.Clear();
        }

        (_used, Length) = (0, 0);
    }

    /// <summary>Some lines.</summary>
    internal sealed class Block(int size)
    {
        private readonly byte[] _bytes = new byte[size];
        private int _length;

        public int Size => _bytes.Length;

        public int Lines { get; private set; }

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

        public bool TryAdd(ReadOnlySpan<byte> line)
        {
            if (!line.TryCopyTo(_bytes.AsSpan(_length)))
            {
                return false;
            }

            _length += line.Length;
            Lines++;
            return true;
        }

        public void Clear() => (_length, Lines) = (0, 0);
    }
}
