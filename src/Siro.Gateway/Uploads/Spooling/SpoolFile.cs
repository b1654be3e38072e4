using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Spooling;

/// <summary>
/// One file in the spool: written by one, at the end, while others read what is there and wait for more. Disposing it frees its bytes.
/// </summary>
internal sealed class SpoolFile(Spool spool, ClientName client, SafeFileHandle handle) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Crc32 _checksum = StorageChecksum.Create();
    private long _booked;
    private long _length;
    private bool _disposed;
    private TaskCompletionSource? _grown;

    /// <summary>Bytes written so far.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>The checksum of what was written.</summary>
    public uint Checksum => _checksum.GetCurrentHashAsUInt32();

    /// <summary>
    /// Writes at the end. Throws 503 <c>spool_full</c> when the spool or the disk has no place left.
    /// It blocks: the framework has no other way to a file on Linux, and a second thread to block on would only cost a switch.
    /// </summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var length = Length;
        _booked = spool.Grow(_booked, length + bytes.Length);
        try
        {
            RandomAccess.Write(handle, bytes, length);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // The second is how a file that may not grow, by a limit of the process or of the file system, is reported.
            throw new ProblemException(Spool.Full, e);
        }

        _checksum.Append(bytes);
        lock (_gate)
        {
            _length = length + bytes.Length;
            _grown?.TrySetResult();
            _grown = null;
        }
    }

    /// <summary>Reads what is there from a place on; 0 at the present end.</summary>
    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(handle, buffer, offset);

    /// <summary>Waits until the file is longer than that.</summary>
    public async ValueTask WaitForMoreAsync(long length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_length > length)
                {
                    return;
                }

                ObjectDisposedException.ThrowIf(_disposed, this);
                grown = (_grown ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
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

        handle.Dispose();
        spool.Free(client, _booked);
        return ValueTask.CompletedTask;
    }
}
