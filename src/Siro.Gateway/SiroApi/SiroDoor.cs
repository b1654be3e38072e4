using System.Net;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The one chain of handlers to Siro: retry, circuit breaker, renew, credential, budget, user agent and telemetry, socket.
/// YARP forwards through <see cref="Invoker"/>; features send through <see cref="SiroClient"/>.
/// </summary>
internal sealed class SiroDoor : IDisposable
{
    private readonly BreakerHandler _breaker;

    public SiroDoor(
        ISiroCredentials credentials, IBudget budget, SiroAddresses addresses, ISettings<SiroOptions> options, TimeProvider time, Randomness randomness, ILogger<SiroDoor> logger,
        ISettings<TelemetryOptions>? telemetry = null)
    {
        // From the socket outwards.
        HttpMessageHandler chain = new TelemetryHandler(options, telemetry) { InnerHandler = Sockets() };
        chain = new BudgetHandler(budget, time) { InnerHandler = chain };
        chain = new CredentialHandler(credentials, addresses) { InnerHandler = chain };
        chain = new RenewHandler(credentials) { InnerHandler = chain };
        _breaker = new BreakerHandler(time, logger) { InnerHandler = chain };
        Invoker = new HttpMessageInvoker(new RetryHandler(time, randomness, budget.MaxWait) { InnerHandler = _breaker });
    }

    /// <summary>Hosts to which nothing is sent just now, because their circuit breaker is open.</summary>
    public IReadOnlyList<SiroHost> OpenBreakers => _breaker.Open;

    /// <summary>The chain's entry.</summary>
    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();

    private static SocketsHttpHandler Sockets() => new()
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
