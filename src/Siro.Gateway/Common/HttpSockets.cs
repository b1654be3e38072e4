using System.Net;
using System.Net.Sockets;

namespace Siro.Gateway.Common;

/// <summary>
/// The one place where a handler that opens connections is made. No redirects, for a credential would go along; no cookies, no proxy,
/// nothing decoded, no trace headers. A connection that is refused or reset is an <see cref="HttpRequestException"/>; the end of
/// <see cref="SocketsHttpHandler.ConnectTimeout"/>, where one is set, is an <see cref="OperationCanceledException"/>, as .NET has it.
/// </summary>
internal static class HttpSockets
{
    /// <param name="configure">
    /// What differs: limits, lifetimes, a connect callback of its own, which gets its socket from
    /// <see cref="ConnectAsync(Func{Socket, ValueTask})"/>.
    /// </param>
    public static SocketsHttpHandler Create(Action<SocketsHttpHandler>? configure = null)
    {
#pragma warning disable RS0030 // Banned everywhere else, see BannedSymbols.Gateway.txt
        var handler = new SocketsHttpHandler
#pragma warning restore RS0030
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectCallback = static async (context, cancellationToken) => new NetworkStream(
                await ConnectAsync(socket => socket.ConnectAsync(context.DnsEndPoint, cancellationToken)), ownsSocket: true),
        };
        configure?.Invoke(handler);
        return handler;
    }

    /// <summary>
    /// A socket that has been connected. A server may take a connection and reset it at once; .NET's handler asks for the server's address
    /// after that, and lets the failure of this question out as a bare <see cref="SocketException"/>, which nobody expects of an HTTP
    /// client. So it is asked here, where a failure is one to connect; the socket remembers the answer.
    /// </summary>
    public static async ValueTask<Socket> ConnectAsync(Func<Socket, ValueTask> connect)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await connect(socket);
            _ = socket.RemoteEndPoint;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
