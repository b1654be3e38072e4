namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>The settings of an <see cref="Arena{T}"/>.</summary>
public sealed class ArenaOptions
{
    /// <summary>Below the size from which arrays live in the large object heap.</summary>
    private const int DefaultBlockSizeBytes = 64 * 1024;

    /// <summary>
    /// <paramref name="blockSizeBytes"/>: size of a block, 0 for 64 KiB. <paramref name="retentionPolicy"/>: from the elements
    /// kept so far and the elements used since the last reset, how many to keep; null keeps nine tenths of before or what was used, whichever is more.
    /// </summary>
    public ArenaOptions(ArenaFlags flags = ArenaFlags.None, int blockSizeBytes = 0, Func<long, long, long>? retentionPolicy = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blockSizeBytes);
        Flags = flags;
        BlockSizeBytes = blockSizeBytes == 0 ? DefaultBlockSizeBytes : blockSizeBytes;
        RetentionPolicy = retentionPolicy ?? KeepRecent;
    }

    /// <summary>How memory is treated.</summary>
    public ArenaFlags Flags { get; }

    /// <summary>Bytes per block.</summary>
    public int BlockSizeBytes { get; }

    /// <summary>Elements kept so far, elements used since the last reset: elements to keep.</summary>
    public Func<long, long, long> RetentionPolicy { get; }

    // One huge answer must not stay in memory for ever, and a steady load must not allocate: the high-water mark decays.
    private static long KeepRecent(long kept, long used) => Math.Max(used, kept / 10 * 9);
}
