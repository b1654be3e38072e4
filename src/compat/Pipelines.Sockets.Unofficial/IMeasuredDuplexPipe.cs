using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>A duplex pipe that counts the bytes that really crossed the wire, not those that wait in its pipes.</summary>
public interface IMeasuredDuplexPipe : IDuplexPipe
{
    /// <summary>Bytes handed to the transport since the start.</summary>
    long TotalBytesSent { get; }

    /// <summary>Bytes taken from the transport since the start.</summary>
    long TotalBytesReceived { get; }
}
