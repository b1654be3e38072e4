namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// Why a connection ended; the first reason stays. StackExchange.Redis prints the name in its errors and sets
/// <see cref="ProtocolExitClient"/> (400, compiled into it) when it says QUIT, so names and numbers are part of the contract.
/// </summary>
public enum PipeShutdownKind
{
    /// <summary>Still open.</summary>
    None = 0,

    /// <summary>This side disposed of the connection.</summary>
    PipeDisposed = 1,

    /// <summary>The other side ended its stream.</summary>
    ReadEndOfStream = 100,

    /// <summary>The socket or stream was closed by this side under a pending read.</summary>
    ReadDisposed = 101,

    /// <summary>A read failed with an I/O error.</summary>
    ReadIOException = 102,

    /// <summary>A read failed in another way.</summary>
    ReadException = 103,

    /// <summary>A read failed with a socket error, see <see cref="SocketConnection.SocketError"/>.</summary>
    ReadSocketError = 104,

    /// <summary>The consumer of Input completed it.</summary>
    ReadFlushCompleted = 105,

    /// <summary>The hand-over to the consumer of Input was cancelled.</summary>
    ReadFlushCanceled = 106,

    /// <summary>The producer completed Output and all of it was sent.</summary>
    WriteEndOfStream = 200,

    /// <summary>The socket or stream was closed by this side under a pending write.</summary>
    WriteDisposed = 201,

    /// <summary>A write failed with an I/O error.</summary>
    WriteIOException = 203,

    /// <summary>A write failed in another way.</summary>
    WriteException = 204,

    /// <summary>A write failed with a socket error, see <see cref="SocketConnection.SocketError"/>.</summary>
    WriteSocketError = 205,

    /// <summary>The reader of Input was completed.</summary>
    InputReaderCompleted = 300,

    /// <summary>The writer of Input was completed.</summary>
    InputWriterCompleted = 301,

    /// <summary>The reader of Output was completed.</summary>
    OutputReaderCompleted = 302,

    /// <summary>The writer of Output was completed.</summary>
    OutputWriterCompleted = 303,

    /// <summary>The protocol ended the conversation from this side.</summary>
    ProtocolExitClient = 400,

    /// <summary>The protocol ended the conversation from the other side.</summary>
    ProtocolExitServer = 401,
}
