using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Siro.Gateway.Common;

namespace Siro.Gateway.Outbound;

/// <summary>An address was refused: the name resolved to nothing that the rules allow.</summary>
public sealed class AddressForbiddenException(string host)
    : HttpRequestException(HttpRequestError.ConnectionError, $"The address of {host} is not one that this gateway connects to.");

/// <summary>
/// HTTP to anywhere that is not Siro: a name is resolved, every address is vetted, and the connection goes to a vetted address itself,
/// so that a second resolution can't point elsewhere. No redirects, no cookies, no proxy, no decompression.
/// </summary>
public sealed class OutboundClient : IDisposable
{
    private static readonly TimeSpan Resolving = TimeSpan.FromSeconds(2);

    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<(OutboundRules Rules, bool Keeps), Lazy<HttpMessageInvoker>> _invokers = new();
    private readonly ConcurrentDictionary<(string Url, OutboundRules Rules), byte> _allowed = new();
    private readonly ConcurrentDictionary<string, byte> _closing = new(StringComparer.Ordinal);
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <summary>Resolves names as the system does.</summary>
    public OutboundClient()
        : this(Dns.GetHostAddressesAsync)
    {
    }

    internal OutboundClient(Func<string, CancellationToken, Task<IPAddress[]>> resolve) => _resolve = resolve;

    /// <summary>
    /// Says <c>address_forbidden</c> where the name resolves to nothing allowed just now: an early word for whoever gave the URL.
    /// It decides nothing: every connection is judged by itself, and a name that does not resolve now may do so then.
    /// </summary>
    internal async Task<FieldError?> RefusalAsync(Uri url, string field, OutboundRules rules, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Resolving);
        try
        {
            var allowed = rules.ParsedNetworks();
            var addresses = HostNotation.Addresses(url.Host) is { Length: > 0 } literal
                ? literal
                : await _resolve(url.IdnHost, timeout.Token);
            return addresses.Length == 0 || addresses.Any(a => AddressGuard.Allows(a, allowed))
                ? null
                : new FieldError(field, "address_forbidden", "points to an address that this gateway does not connect to");
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>
    /// Sends the request under the rules and answers when the head has arrived. The caller bounds time and what it reads of the body.
    /// Throws <see cref="AddressForbiddenException"/> or <see cref="HttpRequestException"/>.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, OutboundRules rules, CancellationToken cancellationToken)
    {
        if (!IsAllowed(request.RequestUri?.OriginalString, rules))
        {
            throw new AddressForbiddenException(request.RequestUri?.Host ?? "");
        }

        using var activity = GatewayActivities.ToOthers(request);
        try
        {
            var server = request.RequestUri!.Authority;
            var invoker = _invokers.GetOrAdd((rules, !_closing.ContainsKey(server)), key => new(() => Build(key.Rules, key.Keeps)));
            var response = await invoker.Value.SendAsync(request, cancellationToken);
            NoteWhetherItCloses(server, response);
            activity.Ended((int)response.StatusCode);
            return response;
        }
        catch (HttpRequestException e) when (e.InnerException is AddressForbiddenException)
        {
            // The handler wraps what its connect callback throws.
            throw new AddressForbiddenException(request.RequestUri?.Host ?? "");
        }
    }

    /// <summary>
    /// A server of HTTP/1.0 closes a connection after its answer unless it says that it keeps it (RFC 9112, section 9.3).
    /// <see cref="SocketsHttpHandler"/> keeps it in any case, and a request that meets the close is lost: so such servers get a
    /// connection for each request.
    /// </summary>
    private void NoteWhetherItCloses(string server, HttpResponseMessage response)
    {
        if (response.Version >= HttpVersion.Version11
            || response.Headers.Connection.Contains("keep-alive", StringComparer.OrdinalIgnoreCase))
        {
            if (!_closing.IsEmpty)
            {
                _closing.TryRemove(server, out _);
            }

            return;
        }

        if (_closing.Count >= MostRemembered)
        {
            _closing.Clear();
        }

        _closing[server] = 0;
    }

    /// <summary>What was found right stays so under the same rules: they say nothing about what a name resolves to.</summary>
    private bool IsAllowed(string? url, OutboundRules rules)
    {
        if (url is null || _allowed.ContainsKey((url, rules)))
        {
            return url is not null;
        }

        if (OutboundUrl.Check(url, "url", rules).Url is null)
        {
            return false;
        }

        if (_allowed.Count >= MostRemembered)
        {
            _allowed.Clear();
        }

        _allowed[(url, rules)] = 0;
        return true;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var invoker in _invokers.Values)
        {
            invoker.Value.Dispose();
        }
    }

    private HttpMessageInvoker Build(OutboundRules rules, bool keepsConnections)
    {
        var allowed = rules.ParsedNetworks();
        return new HttpMessageInvoker(HttpSockets.Create(handler =>
        {
            handler.ConnectTimeout = rules.ConnectTimeout;
            handler.PooledConnectionLifetime = keepsConnections ? TimeSpan.FromMinutes(2) : TimeSpan.Zero;
            handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
            handler.MaxResponseHeadersLength = 32;
            handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, allowed, cancellationToken);
        }));
    }

    private async ValueTask<Stream> ConnectAsync(
        DnsEndPoint endPoint, IReadOnlyList<IPNetwork> allowed, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(endPoint.Host, out var literal) ? [literal] : await _resolve(endPoint.Host, cancellationToken);

        // Only vetted addresses are ever connected to. A name may have others beside them, as 'localhost' has two families.
        addresses = [.. addresses.Where(a => AddressGuard.Allows(a, allowed))];
        if (addresses.Length == 0)
        {
            throw new AddressForbiddenException(endPoint.Host);
        }

        return await EarlyAnswerStream.ConnectAsync(addresses, endPoint.Port, cancellationToken);
    }
}
