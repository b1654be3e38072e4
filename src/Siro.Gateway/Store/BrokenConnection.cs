using System.Net.Sockets;
using StackExchange.Redis;

namespace Siro.Gateway.Store;

/// <summary>Tells a connection that failed from a command that was wrong, by what the Redis client throws.</summary>
internal static class BrokenConnection
{
    /// <summary>
    /// True where the way to the server failed. As a rule the client says so by its own exceptions; but where a connection breaks down
    /// twice at once, as when the client gives a silent one up while its reader still waits, commands get what the reader met: the error
    /// of a pipe, a stream or a socket (StackExchange.Redis 2.13, <c>RecordConnectionFailed</c>).
    /// </summary>
    public static bool Is(Exception e) =>
        e is RedisException and not RedisServerException
        || e is TimeoutException or IOException or SocketException or ObjectDisposedException
        || e is { Source: "System.IO.Pipelines" or "Pipelines.Sockets.Unofficial" };
}
