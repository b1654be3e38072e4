using System.Buffers;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>Any duplex stream; for StackExchange.Redis this is TLS.</summary>
internal sealed class StreamTransport(Stream stream) : ITransport
{
    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken) =>
        stream.ReadAsync(into, cancellationToken);

    public async ValueTask<long> SendAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken)
    {
        foreach (var memory in data)
        {
            await stream.WriteAsync(memory, cancellationToken).ConfigureAwait(false);
        }

        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return data.Length;
    }

    public void EndSending()
    {
        // A stream has no half-closed state: the other side learns of the end when the connection is disposed of.
    }

    public void Dispose() => stream.Dispose();
}
