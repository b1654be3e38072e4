using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>A connected stream socket. Closing it ends pending operations, so it takes no notice of cancellation.</summary>
internal sealed class SocketTransport(Socket socket) : ITransport
{
    /// <summary>Well below the kernel's limit of 1024 buffers in one call.</summary>
    private const int MostSegments = 64;

    private readonly List<ArraySegment<byte>> _segments = [];

    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken) =>
        socket.ReceiveAsync(into, SocketFlags.None, CancellationToken.None);

    public ValueTask<long> SendAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken) =>
        data.IsSingleSegment || !TryGather(data) ? SendOneAsync(FirstWithBytes(data)) : SendGatheredAsync();

    public void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The connection is gone, so the other side knows.
        }
    }

    public void Dispose() => socket.Dispose();

    private static ReadOnlyMemory<byte> FirstWithBytes(in ReadOnlySequence<byte> data)
    {
        foreach (var memory in data)
        {
            if (!memory.IsEmpty)
            {
                return memory;
            }
        }

        throw new ArgumentException("There is nothing to send.", nameof(data));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<long> SendOneAsync(ReadOnlyMemory<byte> data) =>
        await socket.SendAsync(data, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);

    private async ValueTask<long> SendGatheredAsync() =>
        await socket.SendAsync(_segments, SocketFlags.None).ConfigureAwait(false);

    private bool TryGather(in ReadOnlySequence<byte> data)
    {
        _segments.Clear();
        foreach (var memory in data)
        {
            if (!MemoryMarshal.TryGetArray(memory, out var segment))
            {
                // Memory of a caller's own pool that is no array: sent piece by piece.
                return false;
            }

            if (segment.Count > 0)
            {
                _segments.Add(segment);
            }

            if (_segments.Count == MostSegments)
            {
                break;
            }
        }

        return true;
    }
}
