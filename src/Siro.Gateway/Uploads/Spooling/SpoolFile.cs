using System.Buffers;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Spooling;

/// <summary>
/// One file in the spool: written by one, at the end, while others read what is there and wait for more. It lies in memory as far as the
/// spool has some to give, and from there on on the disk. Disposing it frees its bytes, once nobody reads them any more.
/// </summary>
internal sealed class SpoolFile(Spool spool, ClientName client, int blockSize) : IAsyncDisposable
{
    private const int DiskPiece = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly Crc32 _checksum = StorageChecksum.Create();

    /// <summary>Each of the block size; the first is the beginning of the file.</summary>
    private readonly List<byte[]> _blocks = [];

    /// <summary>What is about to be written to the disk; null while the file is in memory.</summary>
    private byte[]? _piece;

    private SafeFileHandle? _disk;
    private long _booked;
    private long _length;
    private int _readers;
    private bool _disposed;
    private bool _freed;
    private long _wanted;
    private TaskCompletionSource? _grown;

    /// <summary>Bytes written so far.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>The checksum of what was written.</summary>
    public uint Checksum => _checksum.GetCurrentHashAsUInt32();

    /// <summary>Bytes of it that lie on the disk.</summary>
    public long OnDisk => _disk is null ? 0 : Length - InMemory;

    /// <summary>Where the part in memory ends, and the disk's begins, once there is one.</summary>
    private long InMemory => (long)_blocks.Count * blockSize;

    /// <summary>
    /// Memory for the next bytes, at least one; <see cref="Advance"/> says how many came. Throws 503 <c>spool_full</c> when neither memory
    /// nor disk can be had.
    /// </summary>
    public Memory<byte> GetMemory()
    {
        var length = Length;
        if (_piece is not null)
        {
            return _piece.AsMemory(0, DiskPiece);
        }

        if (length < InMemory)
        {
            return _blocks[^1].AsMemory((int)(length % blockSize), (int)(InMemory - length));
        }

        if (spool.TakeMemory(blockSize))
        {
            // The lock is for readers that look a block up meanwhile.
            lock (_gate)
            {
                _blocks.Add(ArrayPool<byte>.Shared.Rent(blockSize));
            }

            return _blocks[^1].AsMemory(0, blockSize);
        }

        _disk = spool.CreateOnDisk();
        _piece = ArrayPool<byte>.Shared.Rent(DiskPiece);
        return _piece.AsMemory(0, DiskPiece);
    }

    /// <summary>
    /// Takes the first bytes of <see cref="GetMemory"/> as the file's next. Throws 503 <c>spool_full</c> when the spool or the disk has no
    /// place left. It blocks where it writes to the disk: the framework has no other way to a file on Linux, and a second thread to block
    /// on would only cost a switch.
    /// </summary>
    public void Advance(int count)
    {
        var length = Length;
        _booked = spool.Grow(_booked, length + count);
        ReadOnlySpan<byte> bytes;
        if (_piece is not null)
        {
            bytes = _piece.AsSpan(0, count);
            try
            {
                RandomAccess.Write(_disk!, bytes, length - InMemory);
            }
            catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
            {
                // The second is how a file that may not grow, by a limit of the process or of the file system, is reported.
                throw new ProblemException(Spool.Full, e);
            }
        }
        else
        {
            bytes = _blocks[^1].AsSpan((int)(length % blockSize), count);
        }

        _checksum.Append(bytes);
        lock (_gate)
        {
            _length = length + count;
            if (_length >= _wanted)
            {
                _grown?.TrySetResult();
                _grown = null;
            }
        }
    }

    /// <summary>Writes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var memory = GetMemory();
            var count = Math.Min(bytes.Length, memory.Length);
            bytes[..count].CopyTo(memory.Span);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Begins to read: until it is disposed, the bytes stay what they are.</summary>
    /// <exception cref="ObjectDisposedException">The file is gone.</exception>
    public SpoolReader Read()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _readers++;
        }

        return new SpoolReader(this);
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return ValueTask.CompletedTask;
            }

            _disposed = true;
            _grown?.TrySetResult();
        }

        spool.Free(client, _booked);
        FreeUnread();
        return ValueTask.CompletedTask;
    }

    /// <summary>The bytes from a place on, as many as lie together, at most so many; none at the present end.</summary>
    /// <param name="buffer">Where those go that come from the disk.</param>
    internal ReadOnlyMemory<byte> Bytes(long offset, int most, Memory<byte> buffer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            most = (int)Math.Min(most, _length - offset);
            if (most <= 0)
            {
                return default;
            }

            if (offset < InMemory)
            {
                var inBlock = (int)(offset % blockSize);
                return _blocks[(int)(offset / blockSize)].AsMemory(inBlock, Math.Min(most, blockSize - inBlock));
            }
        }

        return buffer[..RandomAccess.Read(_disk!, buffer.Span[..most], offset - InMemory)];
    }

    /// <summary>Waits until the file is at least that long.</summary>
    internal async ValueTask WaitForAsync(long length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_length >= length)
                {
                    return;
                }

                ObjectDisposedException.ThrowIf(_disposed, this);
                _wanted = _grown is null ? length : Math.Min(_wanted, length);
                grown = (_grown ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
    }

    internal void EndReading()
    {
        lock (_gate)
        {
            _readers--;
        }

        FreeUnread();
    }

    /// <summary>
    /// A request that was given up may still be sending a piece: memory that goes to another file then would be sent with this one's.
    /// </summary>
    private void FreeUnread()
    {
        lock (_gate)
        {
            if (!_disposed || _readers > 0 || _freed)
            {
                return;
            }

            _freed = true;
        }

        _disk?.Dispose();
        foreach (var block in _piece is null ? _blocks : [.. _blocks, _piece])
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        spool.ReturnMemory(InMemory);
    }
}
