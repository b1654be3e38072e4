using System.Net;

namespace Siro.Gateway.Common;

/// <summary>
/// The one place where a handler that opens connections is made. No redirects, for a credential would go along; no cookies, no proxy,
/// nothing decoded, no trace headers. Every failure to connect is an <see cref="HttpRequestException"/>
/// (see <see cref="EarlyAnswerStream"/>).
/// </summary>
internal static class HttpSockets
{
    /// <param name="configure">What differs: limits, lifetimes, a way of its own to connect.</param>
    public static SocketsHttpHandler Create(Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = static (context, cancellationToken) => EarlyAnswerStream.ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        configure?.Invoke(handler);
        return handler;
    }
}
