using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Siro.Gateway.Client.Receiving;

/// <summary>One delivery: read, verified, handled once, answered.</summary>
internal sealed partial class SiroEventReceiver(IOptions<SiroEventsOptions> options, TimeProvider time, ILogger<SiroEventReceiver> logger)
{
    private const int MaxHeaderLength = 4096;

    private readonly SigningKey[] _keys = [.. options.Value.Secrets.Select(s => SigningKey.Parse(s)!)];

    public async Task ReceiveAsync(HttpContext context, Func<SiroEventContext, CancellationToken, Task> handle)
    {
        var headers = context.Request.Headers;
        var id = headers["webhook-id"].ToString();
        var timestamp = headers["webhook-timestamp"].ToString();
        var signatures = headers["webhook-signature"].ToString();
        if (id.Length is 0 or > 256 || signatures.Length is 0 or > MaxHeaderLength
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            Refuse(context, StatusCodes.Status400BadRequest, "missing_headers");
            return;
        }

        var sentAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if ((time.GetUtcNow() - sentAt).Duration() > options.Value.Tolerance)
        {
            Refuse(context, StatusCodes.Status400BadRequest, "stale_timestamp");
            return;
        }

        // What is signed stands in one piece: the body is read in behind its prefix.
        var prefix = Encoding.UTF8.GetByteCount(id) + timestamp.Length + 2;
        var buffer = ArrayPool<byte>.Shared.Rent(
            prefix + (int)Math.Clamp(context.Request.ContentLength ?? 4096, 0, options.Value.MaxBodyBytes) + 1);
        try
        {
            Encoding.UTF8.GetBytes($"{id}.{timestamp}.", buffer);
            var length = prefix;
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted).ConfigureAwait(false)) > 0)
            {
                length += read;
                if (length - prefix > options.Value.MaxBodyBytes)
                {
                    Refuse(context, StatusCodes.Status413PayloadTooLarge, "body_too_large");
                    return;
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }

            if (!IsGenuine(buffer.AsSpan(0, length), signatures))
            {
                Refuse(context, StatusCodes.Status400BadRequest, "bad_signature");
                return;
            }

            if (Parse(id, buffer.AsMemory(prefix, length - prefix)) is not { } e)
            {
                // Genuine, so no attack; the gateway passes on signed bodies that are no JSON. Sending it again would change nothing.
                Log.NotReadable(logger, id);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            var delivery = new SiroEventContext(e, sentAt, headers["siro-gateway-replay"] == "true", context.RequestServices);
            await HandleAsync(context, delivery, handle).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task HandleAsync(
        HttpContext context, SiroEventContext delivery, Func<SiroEventContext, CancellationToken, Task> handle)
    {
        var inbox = context.RequestServices.GetRequiredService<ISiroEventInbox>();
        var outcome = await inbox.HandleOnceAsync(
            delivery, cancellationToken => handle(delivery, cancellationToken), context.RequestAborted).ConfigureAwait(false);
        if (outcome == SiroInboxOutcome.Busy)
        {
            context.Response.Headers.RetryAfter = "1";
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private bool IsGenuine(ReadOnlySpan<byte> signed, string signatures)
    {
        var genuine = false;
        foreach (var key in _keys)
        {
            genuine |= key.Verifies(signed, signatures);
        }

        return genuine;
    }

    private static SiroEvent? Parse(string id, ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            var payload = JsonElement.ParseValue(ref reader);
            return payload.ValueKind == JsonValueKind.Object
                ? SiroEvent.Of(id, payload.Deserialize(GatewayJson.Default.EventBody)!, payload)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Refuse(HttpContext context, int status, string reason)
    {
        Log.Refused(logger, reason);
        context.Response.StatusCode = status;
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Warning, "A delivery was refused: {Reason}. It did not come from the gateway, or the secret or the clock is wrong")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(
            2, LogLevel.Warning, "Event {EventId} is no JSON object that this package reads; it was acknowledged without effect")]
        public static partial void NotReadable(ILogger logger, string eventId);
    }
}
