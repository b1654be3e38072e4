using System.Buffers;
using System.Globalization;
using System.Net;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Outbound;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>What an attempt came to.</summary>
/// <param name="RetryAfter">What the subscriber asked for by Retry-After, or null.</param>
internal sealed record AttemptResult(Attempt Attempt, TimeSpan? RetryAfter)
{
    /// <summary>The endpoint says that it is gone for good.</summary>
    public bool IsGone => Attempt.Status == (int)HttpStatusCode.Gone;

    /// <summary>The endpoint asks for less (Standard Webhooks: 429, 502, 504).</summary>
    public bool IsThrottled => Attempt.Status is 429 or 502 or 504 || RetryAfter is not null;
}

/// <summary>
/// Sends one signed attempt. Only 2xx is success, and it is so as soon as it is said; redirects are not followed; the answer is read to
/// at most 16 KiB, and all of it within the timeout.
/// </summary>
internal sealed class DeliverySender(OutboundClient outbound, ISettings<WebhooksOptions> settings, TimeProvider time)
{
    private const int MostAnswer = 16 * 1024;

    /// <summary>Throws only when <paramref name="cancellationToken"/> is cancelled; every failure is a result.</summary>
    public async Task<AttemptResult> SendAsync(
        Subscription subscription, string eventId, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var options = settings.Current;
        var began = time.GetUtcNow();
        var clock = time.GetTimestamp();
        AttemptResult Result(int? status, string? error, AnswerStart answer = default, TimeSpan? retryAfter = null) => new(
            new Attempt(
                began, status, (long)time.GetElapsedTime(clock).TotalMilliseconds, error, answer.Text, replay, answer.IsTruncated),
            retryAfter);

        if (WebhookSignature.Keys(subscription.SigningSecrets(began)) is not { Count: > 0 } keys)
        {
            return Result(null, "unsigned");
        }

        using var timeout = new CancellationTokenSource(subscription.Timeout ?? options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        using var request = Request(subscription, eventId, body, replay, keys, began);
        int? status = null;
        try
        {
            using var response = await outbound.SendAsync(request, options.Rules, either.Token);
            status = (int)response.StatusCode;
            var retryAfter = Common.RetryAfter.Of(response, time);
            var answer = await ReadAsync(response, either.Token);
            return Result(
                status, status switch { >= 200 and < 300 => null, >= 300 and < 400 => "redirect", _ => "status" }, answer, retryAfter);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Result(status, "timeout");
        }
        catch (AddressForbiddenException)
        {
            return Result(null, "address_forbidden");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // 2xx says that the event was taken, whatever becomes of the rest of the answer.
            return Result(status, status switch { null => "connect", >= 200 and < 300 => null, _ => "broken_answer" });
        }
    }

    private static HttpRequestMessage Request(
        Subscription subscription, string eventId, ReadOnlyMemory<byte> body, bool replay, IReadOnlyList<byte[]> keys, DateTimeOffset now)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, subscription.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        foreach (var (name, value) in subscription.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value.Reveal());
        }

        // After the subscription's own headers, which may not name any of these.
        if (!request.Headers.Contains("User-Agent"))
        {
            request.Headers.TryAddWithoutValidation("User-Agent", "Siro.Gateway");
        }

        var timestamp = now.ToUnixTimeSeconds();
        new SignatureHeaders(eventId, timestamp.ToString(CultureInfo.InvariantCulture),
            WebhookSignature.Sign(keys, eventId, timestamp, body.Span)).Write(request.Headers);
        if (replay)
        {
            request.Headers.TryAddWithoutValidation("siro-gateway-replay", "true");
        }

        return request;
    }

    /// <summary>The beginning of the answer. What is beyond 16 KiB is not read: the connection is given up instead.</summary>
    private static async Task<AnswerStart> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(MostAnswer);
        try
        {
            var length = await stream.ReadAtLeastAsync(
                buffer.AsMemory(0, MostAnswer), MostAnswer, throwOnEndOfStream: false, cancellationToken);
            return length == 0 ? default : new AnswerStart(Attempt.Escape(buffer.AsSpan(0, length)), length > Attempt.AnswerBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What is kept of an answer, and whether it went on; no text where it was empty or never came.</summary>
    private readonly record struct AnswerStart(string? Text, bool IsTruncated);
}
