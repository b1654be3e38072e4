using System.Net;
using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>The connections to Siro: no cookies, no redirects, pooled, HTTP/2 where offered.</summary>
internal static class SiroSockets
{
    public static SocketsHttpHandler Create() => new()
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = static (context, cancellationToken) => EarlyAnswerStream.ConnectAsync(context.DnsEndPoint, cancellationToken),
        MaxResponseHeadersLength = 64,

        // A byte is a character and the other way round, so that what is passed on is what came (see ProxyFeature).
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ActivityHeadersPropagator = null,
    };
}
