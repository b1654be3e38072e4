using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>The bytes to deliver, or how long to wait for them; neither when the event is gone.</summary>
internal readonly record struct BodyResult(ReadOnlyMemory<byte>? Bytes, TimeSpan? Wait);

/// <summary>
/// An event's body for a subscription: the event's own bytes, or for a <c>recording.ready</c> the enriched ones, which are kept beside
/// the event once they were made, so that every attempt and every subscription with the same wishes repeats them.
/// </summary>
internal sealed class EventBody(EventLog log, RecordingEnricher enricher, ISettings<WebhooksOptions> settings, TimeProvider time)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    /// <summary>Throws <see cref="Store.StoreUnavailableException"/>.</summary>
    public async Task<BodyResult> GetAsync(Subscription subscription, string eventId, CancellationToken cancellationToken)
    {
        if (await log.FindRecentAsync(subscription.Organization, eventId, cancellationToken) is not { } found)
        {
            return default;
        }

        return await GetAsync(subscription, found, cancellationToken);
    }

    /// <summary>The same for an event that was read with its body.</summary>
    public async Task<BodyResult> GetAsync(Subscription subscription, StoredEvent found, CancellationToken cancellationToken)
    {
        if (subscription.Enrich.Count == 0 || found.Type != EventTypes.RecordingReady || found.RecordingId is not { } recordingId)
        {
            return new BodyResult(found.Body, null);
        }

        var variant = string.Join('+', subscription.Enrich);
        if (await log.FindVariantAsync(subscription.Organization, found.Id, variant, cancellationToken) is { } kept)
        {
            return new BodyResult(kept, null);
        }

        // One that is late is asked for once, because it may be late for other reasons (a replay, a rate); but where Siro has just been
        // silent, a row of late ones would wait for it one after another.
        var left = Left(found);
        var recording = left > TimeSpan.Zero || !enricher.IsSilent(subscription.Organization)
            ? await enricher.FetchAsync(
                subscription.Organization, recordingId, subscription.Enrich,
                left > TimeSpan.Zero && left < RecordingEnricher.LongestWait ? left : RecordingEnricher.LongestWait, cancellationToken)
            : default;
        left = Left(found);
        if (recording.ValueKind != JsonValueKind.Object && left > TimeSpan.Zero)
        {
            return new BodyResult(null, Again < left ? Again : left);
        }

        // Past the deadline the plain bytes are kept as the variant: a retry must not bring another body than the first attempt.
        var body = recording.ValueKind == JsonValueKind.Object ? Enriched(found.Body, recording, subscription.Enrich) : found.Body;
        return new BodyResult(await log.KeepVariantAsync(subscription.Organization, found.Id, variant, body, cancellationToken), null);
    }

    /// <summary>What is left of the deadline.</summary>
    private TimeSpan Left(StoredEvent found) => settings.Current.EnrichmentDeadline - (time.GetUtcNow() - found.ReceivedAt);

    private static byte[] Enriched(ReadOnlyMemory<byte> body, JsonElement recording, IReadOnlyList<string> wanted) =>
        DerivedEvent.Enriched(body, json =>
    {
        foreach (var name in wanted)
        {
            json.WritePropertyName(name);
            var value = recording.Member(name);
            if (value.ValueKind == JsonValueKind.Undefined)
            {
                json.WriteNullValue();
            }
            else
            {
                value.WriteTo(json);
            }
        }
    });
}
