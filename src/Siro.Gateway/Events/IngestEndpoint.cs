using System.Buffers;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>What a webhook's sender is told.</summary>
/// <param name="Id">The event's id, as sent.</param>
/// <param name="Duplicate">True when it was taken before.</param>
internal sealed record IngestAnswer(string Id, bool Duplicate);

/// <summary>
/// Siro's webhook endpoint. Whoever can sign may speak; the answer 200 means that the event is in the store as <c>Store:Durability</c>
/// says.
/// Anything else makes Svix send it again.
/// </summary>
internal sealed partial class IngestEndpoint(
    EventIntake intake, ISettings<SiroOptions> siro, ISettings<WebhooksOptions> settings, TimeProvider time, WebhookMetrics metrics,
    ILogger<IngestEndpoint> logger)
{
    /// <summary>
    /// Handles one request. Answers 200, or a problem: 400 <c>missing_headers</c>, <c>bad_signature</c>, <c>stale_timestamp</c>; 404
    /// <c>unknown_organization</c>; 413 <c>body_too_large</c>; 503 <c>store_unavailable</c>.
    /// </summary>
    public async Task<IResult> HandleAsync(HttpContext context, string? organization)
    {
        var cancellationToken = context.RequestAborted;
        if (!TryCandidates(organization, out var candidates))
        {
            return Refuse(404, "unknown_organization", "No organization of this name is configured.");
        }

        if (SignatureHeaders.Read(context.Request.Headers) is not { } headers)
        {
            return Refuse(
                400, "missing_headers", "svix-id, svix-timestamp and svix-signature (or the same as webhook-*) are needed, each once.");
        }

        if (await ReadAsync(context.Request, settings.Current.MaxBodyBytes, cancellationToken) is not { } body)
        {
            return Refuse(413, "body_too_large", $"A webhook's body is at most {settings.Current.MaxBodyBytes} bytes.");
        }

        if (Signer(candidates, headers, body) is not { } signer)
        {
            return Refuse(400, "bad_signature", "No signature matches this id, timestamp and body with any of the organization's secrets.");
        }

        // Only a genuine message is told that it is old: to anybody else the clock says nothing.
        if ((time.GetUtcNow() - SignatureHeaders.Seconds(headers.Timestamp)!.Value).Duration() > settings.Current.Tolerance)
        {
            return Refuse(400, "stale_timestamp", "The message was signed too long ago, or in the future. Check the clocks.");
        }

        try
        {
            var added = await intake.IngestAsync(signer, headers.Id, body, cancellationToken);
            return Results.Ok(new IngestAnswer(headers.Id, !added));
        }
        catch (StoreUnavailableException e)
        {
            Log.NotStored(logger, signer.Value, headers.Id, e.Message);
            metrics.Refused("store_unavailable");
            return new ProblemResult(new Problem(503, "store_unavailable", "The event could not be stored safely. Send it again.") {
                RetryAfter = TimeSpan.FromSeconds(5) });
        }
    }

    /// <summary>The organizations whose secrets may fit: the named one, else all.</summary>
    private bool TryCandidates(string? name, out IReadOnlyList<(OrganizationKey Key, OrganizationOptions Options)> candidates)
    {
        var all = siro.Current.Organizations.Select(o => (Key: new OrganizationKey(o.Key), Options: o.Value));
        candidates = [.. name is null ? all : all.Where(o => o.Key == new OrganizationKey(name))];
        return candidates.Count > 0;
    }

    private static OrganizationKey? Signer(
        IReadOnlyList<(OrganizationKey Key, OrganizationOptions Options)> candidates, SignatureHeaders headers, byte[] body)
    {
        OrganizationKey? signer = null;
        foreach (var (key, options) in candidates)
        {
            if (WebhookSignature.Verify(
                WebhookSignature.Keys(options.WebhookSecrets), headers.Id, headers.Timestamp, body, headers.Signature))
            {
                signer = key;
            }
        }

        return signer;
    }

    /// <summary>The raw body, or null when it is larger than allowed; of a larger one no more is read.</summary>
    private static async Task<byte[]?> ReadAsync(HttpRequest request, int most, CancellationToken cancellationToken)
    {
        if (request.ContentLength > most)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>((int)Math.Min(request.ContentLength ?? 4096, most) + 1);
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(4096), cancellationToken);
            if (read == 0)
            {
                return buffer.WrittenSpan.ToArray();
            }

            buffer.Advance(read);
            if (buffer.WrittenCount > most)
            {
                return null;
            }
        }
    }

    private ProblemResult Refuse(int status, string code, string detail)
    {
        metrics.Refused(code);
        Log.Refused(logger, code);
        return new ProblemResult(new Problem(status, code, detail));
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "A webhook was refused: {Code}")]
        public static partial void Refused(ILogger logger, string code);

        [LoggerMessage(
            2002, LogLevel.Error, "Event {EventId} of {Organization} was not acknowledged, because the store did not confirm it: {Reason}")]
        public static partial void NotStored(ILogger logger, string organization, string eventId, string reason);
    }
}
