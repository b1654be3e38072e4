using System.Buffers;

namespace Siro.Gateway.Telemetry.Logs;

/// <summary>
/// Lines one after the other in pooled blocks. One buffer that grows would be a large object for each burst, and the collector takes those
/// away with the oldest generation alone. A line is never parted.
/// </summary>
internal sealed class LineBlocks
{
    /// <summary>Below the 85,000 bytes from which on an object is a large one.</summary>
    private const int BlockBytes = 64 * 1024;

    private readonly List<Block> _blocks = [];

    /// <summary>Bytes of all lines.</summary>
    public int Length { get; private set; }

    /// <summary>The lines, in their order.</summary>
    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>Takes a line with its end. It is copied.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (_blocks.Count == 0 || !_blocks[^1].TryAdd(line))
        {
            var block = new Block(Math.Max(BlockBytes, line.Length));
            block.TryAdd(line);
            _blocks.Add(block);
        }

        Length += line.Length;
    }

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        foreach (var block in _blocks)
        {
            block.GiveBack();
        }

        _blocks.Clear();
        Length = 0;
    }

    /// <summary>Some lines.</summary>
    internal sealed class Block(int size)
    {
        private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);
        private int _length;

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

        /// <summary>Nobody may read or add from now on.</summary>
        public void GiveBack() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
