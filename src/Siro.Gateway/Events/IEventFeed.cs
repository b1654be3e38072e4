using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>Where a derived event was learned from; its <c>source</c> member.</summary>
public enum EventSource
{
    /// <summary>Siro's webhook.</summary>
    Webhook,

    /// <summary>Polling found what webhooks missed.</summary>
    Reconciliation,
}

/// <summary>A recording's state as somebody has seen it at Siro.</summary>
/// <param name="Processed">Transcript, summary and extractions are there.</param>
/// <param name="Linked">It is definitely linked to a CRM object.</param>
public sealed record RecordingState(bool Processed, bool Linked)
{
    /// <summary>It was deleted at Siro; then the flags don't matter.</summary>
    public bool Deleted { get; init; }

    /// <summary>The Siro user that it belongs to.</summary>
    public string? SiroUserId { get; init; }

    /// <summary>Siro's <c>crm</c> object, in the webhook's shape; undefined where there is none.</summary>
    public JsonElement Crm { get; init; }
}

/// <summary>How other features make events: the same path, and the same marks, as Siro's webhooks.</summary>
public interface IEventFeed
{
    /// <summary>
    /// Makes <c>recording.ready</c> (both flags true) or <c>recording.deleted</c>, each once per recording, whoever says it first and how
    /// often.
    /// Answers true when this call made the event; it is as durable as an acknowledged webhook then. Any other state makes nothing.
    /// Throws <see cref="Store.StoreUnavailableException"/>; repeating it is safe.
    /// </summary>
    Task<bool> AnnounceAsync(
        OrganizationKey organization, string recordingId, RecordingState state, EventSource source, CancellationToken cancellationToken);
}
