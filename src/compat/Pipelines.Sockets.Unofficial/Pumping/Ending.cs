using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>Why one direction of a connection ended, in the words that its user sees.</summary>
internal readonly record struct Ending(PipeShutdownKind Kind, SocketError SocketError, Exception Error)
{
    public static Ending OfRead(Exception error, bool closedHere) => Of(
        error, closedHere, PipeShutdownKind.ReadDisposed, PipeShutdownKind.ReadSocketError, PipeShutdownKind.ReadIOException, PipeShutdownKind.ReadException);

    public static Ending OfWrite(Exception error, bool closedHere) => Of(
        error, closedHere, PipeShutdownKind.WriteDisposed, PipeShutdownKind.WriteSocketError, PipeShutdownKind.WriteIOException, PipeShutdownKind.WriteException);

    private static Ending Of(
        Exception error, bool closedHere, PipeShutdownKind disposed, PipeShutdownKind socketError, PipeShutdownKind io, PipeShutdownKind other)
    {
        // A stream over a socket wraps what the socket said.
        var code = (error as SocketException ?? error.InnerException as SocketException)?.SocketErrorCode ?? SocketError.Success;
        if (closedHere || error is ObjectDisposedException or OperationCanceledException || code is SocketError.OperationAborted or SocketError.Interrupted)
        {
            // Closing a socket under an operation surfaces in many shapes; they all mean the same.
            return new(disposed, SocketError.Success, new ConnectionAbortedException("The connection was closed by this side.", error));
        }

        // After a reset the kernel tells the first operation of it; a write that comes later meets a broken pipe (.NET's Shutdown).
        if (code is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return new(socketError, code, new ConnectionResetException("The connection was reset by the other side.", error));
        }

        return error switch
        {
            SocketException => new(socketError, code, error),
            IOException => new(io, code, error),
            _ => new(other, code, error),
        };
    }
}
