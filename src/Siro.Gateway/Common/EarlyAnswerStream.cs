using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.Common;

/// <summary>
/// A connection that keeps what the server has said. It may refuse a body before it has read it, and hang up; HTTP/1.1 clients then fail at
/// writing and never read the refusal (yarp#2731). Here a failed write is let go: what follows is a read, and that finds either
/// the answer or the failure itself.
/// </summary>
internal sealed class EarlyAnswerStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private bool _broken;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, CancellationToken cancellationToken) =>
        new EarlyAnswerStream(await HttpSockets.ConnectAsync(socket => socket.ConnectAsync(endPoint, cancellationToken)));

    /// <summary>The same, to the first of these addresses that takes it.</summary>
    public static async ValueTask<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken) =>
        new EarlyAnswerStream(await HttpSockets.ConnectAsync(socket => socket.ConnectAsync(addresses, port, cancellationToken)));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_broken)
        {
            return;
        }

        try
        {
            base.Write(buffer);
        }
        catch (IOException)
        {
            _broken = true;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_broken)
        {
            return ValueTask.CompletedTask;
        }

        var write = base.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishAsync(write);
    }

    private async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (IOException)
        {
            _broken = true;
        }
    }
}
