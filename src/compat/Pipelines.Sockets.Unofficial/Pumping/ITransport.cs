using System.Buffers;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>What a <see cref="DuplexPump"/> moves bytes over. One receive and one send at a time; disposal ends both.</summary>
internal interface ITransport : IDisposable
{
    /// <summary>Bytes received into <paramref name="into"/>; 0 when the other side has ended its stream.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken);

    /// <summary>Sends some of <paramref name="data"/>, which is not empty, and answers how many bytes; at least 1.</summary>
    ValueTask<long> SendAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken);

    /// <summary>Tells the other side that no more will be sent.</summary>
    void EndSending();
}
