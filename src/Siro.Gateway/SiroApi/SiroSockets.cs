using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>The connections to Siro: pooled, HTTP/2 where offered.</summary>
internal static class SiroSockets
{
    public static SocketsHttpHandler Create() => HttpSockets.Create(static handler =>
    {
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        handler.ConnectCallback =
            static (context, cancellationToken) => EarlyAnswerStream.ConnectAsync(context.DnsEndPoint, cancellationToken);
        handler.EnableMultipleHttp2Connections = true;
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1);
        handler.MaxResponseHeadersLength = 64;

        // A byte is a character and the other way round, so that what is passed on is what came (see ProxyFeature).
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
    });
}
