using System.Globalization;
using System.Net.Sockets;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Commands.Listen;

/// <summary>What the application on this machine made of an event.</summary>
/// <param name="Status">Its answer; null when there was none.</param>
/// <param name="Failure">Why there was none; null where it answered.</param>
/// <param name="Said">The beginning of an answer that is no success, on one line.</param>
internal sealed record LocalAnswer(int? Status, long Milliseconds, string? Failure, string? Said)
{
    public bool Accepted => Status is >= 200 and < 300;
}

/// <summary>Sends events to the application as deliveries come to a subscriber: the same headers, signed in the same way.</summary>
internal sealed class LocalApplication(Uri url, Secret secret, TimeSpan timeout, TimeProvider time) : IDisposable
{
    private const int MostSaid = 160;

    // A proxy of the company's, or a redirect to somewhere else, is not this machine. Its development certificate need not be trusted.
    private readonly HttpClient _client = new(HttpSockets.Create(handler =>
    {
        // One for each event: many a server for development closes it after its answer without saying so (HTTP/1.0).
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => url.IsLoopback;
    }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = 1024 * 1024,
    };

    private readonly IReadOnlyList<byte[]> _keys = WebhookSignature.Keys([secret]);

    public Uri Url => url;

    /// <summary>Throws only when <paramref name="cancellationToken"/> is cancelled; every failure is an answer.</summary>
    public async Task<LocalAnswer> SendAsync(string eventId, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "Siro.Gateway");
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        new SignatureHeaders(eventId, timestamp.ToString(CultureInfo.InvariantCulture),
            WebhookSignature.Sign(_keys, eventId, timestamp, body.Span)).Write(request.Headers);
        try
        {
            using var response = await _client.SendAsync(request, either.Token);
            var said = response.IsSuccessStatusCode ? null : await response.Content.ReadAsStringAsync(either.Token);
            return new LocalAnswer((int)response.StatusCode, Elapsed(), null, said is { Length: > 0 } ? OneLine(said) : null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new LocalAnswer(null, Elapsed(), $"no answer within {timeout.TotalSeconds:0} s", null);
        }
        catch (HttpRequestException e)
        {
            return new LocalAnswer(null, Elapsed(),
                e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused }
                ? $"nothing listens at {url.Authority}"
                : e.GetBaseException().Message, null);
        }

        long Elapsed() => (long)time.GetElapsedTime(began).TotalMilliseconds;
    }

    public void Dispose() => _client.Dispose();

    private static string OneLine(string text)
    {
        var line = new string([.. text.Take(MostSaid).Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return text.Length > MostSaid ? line + "..." : line;
    }
}
