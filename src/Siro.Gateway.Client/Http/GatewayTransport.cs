using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Siro.Gateway.Client.Http;

/// <summary>
/// Sends requests to the gateway: identity, retries of what can be repeated, and errors as exceptions, for every feature.
/// </summary>
internal sealed class GatewayTransport(IHttpClientFactory factory, SiroGatewayOptions options, TimeProvider time)
{
    private const int MaxErrorBytes = 64 * 1024;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The organization and acting user of the requests.</summary>
    public CallScope Scope { get; init; } = new(options.Organization, options.ActingUser);

    public TimeProvider Time => time;

    /// <summary>The same transport for another organization or acting user.</summary>
    public GatewayTransport For(CallScope scope) => new(factory, options, time) { Scope = scope };

    /// <summary>Sends and reads JSON.</summary>
    public async Task<T> SendAsync<T>(
        HttpMethod method, string path, JsonTypeInfo<T> type, HttpContent? content, bool repeatable, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(method, path) { Content = content }, repeatable, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads JSON of an answer.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false)
                ?? throw new JsonException("The gateway answered with null where an object was expected.");
        }
    }

    /// <summary>
    /// Sends what <paramref name="make"/> makes, anew for each attempt, and answers with a successful response whose body has not been
    /// read.
    /// Throws <see cref="SiroGatewayException"/>, <see cref="SiroApiException"/>, or <see cref="HttpRequestException"/> when no answer
    /// came.
    /// </summary>
    /// <param name="repeatable">Sending it again does the same once: then a broken connection, 429 and 503 are tried again.</param>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, bool repeatable, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var mayRepeat = repeatable && attempt < options.MaxAttempts;
            TimeSpan wait;
            try
            {
                var response = await SendOnceAsync(make, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                using (response)
                {
                    wait = RetryAfter(response) ?? Backoff(attempt);

                    // The gateway may want a longer pause than the options allow: then the caller is told.
                    if (!mayRepeat || (int)response.StatusCode is not (429 or 503) || wait > options.MaxRetryDelay)
                    {
                        throw await ErrorAsync(response, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception e) when (mayRepeat && e is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
            {
                wait = Backoff(attempt);
            }

            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The moment of <c>Retry-After</c>, as seconds or as a date (RFC 9110, 10.2.3).</summary>
    public TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - time.GetUtcNow() is var left => left > TimeSpan.Zero ? left : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>The pause after <paramref name="failed"/> failed attempts, where the gateway named none.</summary>
    public TimeSpan Backoff(int failed)
    {
        // Doubling with full jitter, so that many clients of one gateway don't come back at the same moment.
        var most = TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << Math.Min(failed - 1, 10), options.MaxRetryDelay.Ticks));
        return TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(Math.Max(1, (int)most.TotalMilliseconds)));
    }

    private async Task<HttpResponseMessage> SendOnceAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var request = make();
        if (options.ApiKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer", await options.AccessToken!(cancellationToken).ConfigureAwait(false));
        }

        if (Scope.Organization is { } organization)
        {
            request.Headers.TryAddWithoutValidation("Siro-Organization", organization);
        }

        if (Scope.ActingUser is { } user)
        {
            request.Headers.TryAddWithoutValidation("Siro-User", user);
        }

        // The factory's client is cheap and its handler pooled: one per request, so that DNS changes are seen.
        var http = factory.CreateClient(SiroGatewayServiceCollectionExtensions.HttpClientName);
        var content = request.Content;
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            // .NET's handler lets it out bare where a server resets a connection that it has just taken.
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
        finally
        {
            if (content is IReusableContent)
            {
                // It is sent again by the next attempt; its owner disposes it.
                request.Content = null;
            }
        }
    }

    private async Task<Exception> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = await ReadBoundedAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (!response.Headers.TryGetValues("Siro-Gateway-Error", out var codes))
        {
            return new SiroApiException(response.StatusCode, System.Text.Encoding.UTF8.GetString(bytes));
        }

        var code = codes.First();
        JsonElement body = default;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            body = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // A proxy in between replaced the body; the header still says what happened.
        }

        var detail = Text(body, "detail");
        return new SiroGatewayException(
            response.StatusCode,
            code,
            detail is null ? $"The gateway refused the call: {code}." : $"{code}: {detail}",
            Text(body, "traceId"),
            RetryAfter(response),
            Fields(body),
            body);
    }

    private static async Task<byte[]> ReadBoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[MaxErrorBytes];
            var read = await stream.ReadAtLeastAsync(
                buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return buffer[..read];
        }
    }

    private static SiroGatewayFieldError[] Fields(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? [.. errors.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object)
                .Select(e => new SiroGatewayFieldError(Text(e, "field") ?? "", Text(e, "code") ?? "", Text(e, "message") ?? ""))]
            : [];

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>For which organization and user calls are made; null leaves it to the gateway's configuration.</summary>
internal sealed record CallScope(string? Organization, string? ActingUser);

/// <summary>A request body that can be sent by several attempts.</summary>
internal interface IReusableContent;
