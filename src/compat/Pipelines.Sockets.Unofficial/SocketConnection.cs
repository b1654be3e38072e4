using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial.Pumping;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// A connected socket as a pair of pipes. The connection owns the socket from here on. Disposal is abrupt: what was
/// not sent yet is dropped; to end politely, complete <see cref="Output"/> and read <see cref="Input"/> to its end first.
/// </summary>
public sealed partial class SocketConnection : IMeasuredDuplexPipe, IDisposable
{
    private readonly DuplexPump _pump;
    private readonly string? _name;

    private SocketConnection(Socket socket, PipeOptions send, PipeOptions receive, string? name)
    {
        Socket = socket;
        _name = name;
        _pump = new DuplexPump(new SocketTransport(socket), send, receive);
    }

    /// <summary>What the other side sends. Fails with <see cref="ConnectionResetException"/>, <see cref="SocketException"/> or <see cref="ConnectionAbortedException"/>.</summary>
    public PipeReader Input => _pump.Input;

    /// <summary>What goes to the other side. Completing it ends the sending half of the connection.</summary>
    public PipeWriter Output => _pump.Output;

    /// <summary>The socket itself.</summary>
    public Socket Socket { get; }

    /// <summary>Bytes received since the start.</summary>
    public long BytesRead => _pump.BytesReceived;

    /// <summary>Bytes sent since the start.</summary>
    public long BytesSent => _pump.BytesSent;

    /// <inheritdoc />
    public long TotalBytesReceived => _pump.BytesReceived;

    /// <inheritdoc />
    public long TotalBytesSent => _pump.BytesSent;

    /// <summary>Bytes that the last receive brought.</summary>
    public int LastReceived => _pump.LastReceived;

    /// <summary>Why the connection ended; the first reason stays.</summary>
    public PipeShutdownKind ShutdownKind => _pump.ShutdownKind;

    /// <summary>The socket error that ended the connection, or Success.</summary>
    public SocketError SocketError => _pump.SocketError;

    /// <summary>Ends when both directions have ended; never fails.</summary>
    internal Task Completion => _pump.Completion;

    /// <summary>
    /// Wraps <paramref name="socket"/>, which must be connected, and starts to receive. Null options are the defaults;
    /// <paramref name="socketConnectionOptions"/> has no choices here and stands for the signature's sake.
    /// </summary>
    public static SocketConnection Create(
        Socket socket,
        PipeOptions? sendPipeOptions,
        PipeOptions? receivePipeOptions,
        SocketConnectionOptions socketConnectionOptions = SocketConnectionOptions.None,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new(socket, sendPipeOptions ?? PipeOptions.Default, receivePipeOptions ?? PipeOptions.Default, name);
    }

    /// <summary>
    /// The original loads its own dependencies here, to fail early where one is missing. This one has none beyond the
    /// framework; the call stays because StackExchange.Redis makes it.
    /// </summary>
    public static void AssertDependencies()
    {
    }

    /// <summary>Sends small commands at once instead of waiting to fill a packet.</summary>
    public static void SetRecommendedClientOptions(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }
    }

    /// <summary>Notes that the protocol ended the conversation; false where another reason stands already.</summary>
    public bool TrySetProtocolShutdown(PipeShutdownKind kind) =>
        kind is PipeShutdownKind.ProtocolExitClient or PipeShutdownKind.ProtocolExitServer
            ? _pump.TrySetShutdown(kind)
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a reason that a protocol has.");

    /// <inheritdoc />
    public void Dispose() => _pump.Dispose();

    /// <inheritdoc />
    public override string ToString() => _name ?? nameof(SocketConnection);
}
