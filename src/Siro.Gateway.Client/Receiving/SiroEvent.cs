using System.Text.Json;
using Siro.Gateway.Client.Recordings;

namespace Siro.Gateway.Client.Receiving;

/// <summary>
/// An event as a subscriber gets it. Siro's two events come in either order, sometimes twice, and both carry the current state of both
/// flags; <see cref="RecordingReady"/> comes once per recording.
/// </summary>
public abstract record SiroEvent
{
    /// <summary>The event's id (<c>webhook-id</c>): the same over retries and replays.</summary>
    public required string Id { get; init; }

    /// <summary>For example <c>recording.ready</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The recording that it is about; null for events about something else.</summary>
    public string? RecordingId { get; init; }

    /// <summary>The whole payload.</summary>
    public JsonElement Payload { get; init; }

    internal static SiroEvent Of(string id, EventBody body, JsonElement payload)
    {
        var type = body.EventType ?? "unknown";
        SiroEvent e = type switch
        {
            "integrations.recordingProcessed" => new RecordingProcessed { Id = id, Type = type, State = State(body) },
            "integrations.recordingLinked" => new RecordingLinked { Id = id, Type = type, State = State(body) },
            "recording.ready" =>
                new RecordingReady { Id = id, Type = type, State = State(body), Source = body.Source, Recording = body.Recording },
            "recording.deleted" => new RecordingDeleted { Id = id, Type = type },
            "subscription.disabled" =>
                new SubscriptionDisabled { Id = id, Type = type, SubscriptionId = body.SubscriptionId, Reason = body.Reason },
            _ => new OtherSiroEvent { Id = id, Type = type },
        };
        return e with { RecordingId = body.RecordingId, Payload = payload };
    }

    private static RecordingState State(EventBody body) =>
        new(body.RecordingProcessed ?? false, body.RecordingLinked ?? false, body.SiroUserId, body.Crm);
}

/// <summary>Siro has processed a recording (<c>integrations.recordingProcessed</c>).</summary>
public sealed record RecordingProcessed : SiroEvent
{
    /// <summary>The recording as it is now.</summary>
    public required RecordingState State { get; init; }
}

/// <summary>Siro has linked a recording to the CRM (<c>integrations.recordingLinked</c>).</summary>
public sealed record RecordingLinked : SiroEvent
{
    /// <summary>The recording as it is now.</summary>
    public required RecordingState State { get; init; }
}

/// <summary>A recording is both processed and linked (<c>recording.ready</c>, made by the gateway once per recording).</summary>
public sealed record RecordingReady : SiroEvent
{
    /// <summary>The recording as it is now.</summary>
    public required RecordingState State { get; init; }

    /// <summary><c>webhook</c> or <c>reconciliation</c>.</summary>
    public string? Source { get; init; }

    /// <summary>What the subscription's <c>enrich</c> asked for.</summary>
    public EnrichedRecording? Recording { get; init; }
}

/// <summary>A recording was deleted at Siro (<c>recording.deleted</c>).</summary>
public sealed record RecordingDeleted : SiroEvent;

/// <summary>The gateway has disabled a subscription (<c>subscription.disabled</c>).</summary>
public sealed record SubscriptionDisabled : SiroEvent
{
    /// <summary>Which.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary><c>gone</c> or <c>failing</c>.</summary>
    public string? Reason { get; init; }
}

/// <summary>An event of a type that this version of the package does not know. Acknowledge it, so that it is not sent again.</summary>
public sealed record OtherSiroEvent : SiroEvent;

/// <summary>Both of Siro's flags and the linked objects.</summary>
/// <param name="Processed">Summary and extractions are there.</param>
/// <param name="Linked">It is linked to the CRM.</param>
/// <param name="UserId">The rep.</param>
/// <param name="Crm">The linked objects; null until a link is confirmed.</param>
public sealed record RecordingState(bool Processed, bool Linked, string? UserId, CrmLinks? Crm);

/// <summary>Linked objects of the CRM.</summary>
public sealed record CrmLinks
{
    /// <summary>The connection.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>Reps.</summary>
    public IReadOnlyList<CrmLink>? Users { get; init; }

    /// <summary>The engagement.</summary>
    public CrmLink? Engagement { get; init; }

    /// <summary>The opportunity.</summary>
    public CrmLink? Opportunity { get; init; }

    /// <summary>Contacts.</summary>
    public IReadOnlyList<CrmLink>? Contacts { get; init; }

    /// <summary>The account.</summary>
    public CrmLink? Account { get; init; }

    /// <summary>The lead.</summary>
    public CrmLink? Lead { get; init; }
}

/// <summary>One linked object.</summary>
/// <param name="Id">Siro's id.</param>
/// <param name="ExternalId">The id in the CRM.</param>
public sealed record CrmLink(string? Id, string? ExternalId);

/// <summary>What an enriched <see cref="RecordingReady"/> carries.</summary>
public sealed record EnrichedRecording
{
    /// <summary>The summary's sections.</summary>
    public IReadOnlyList<SummarySection>? Summary { get; init; }

    /// <summary>What Siro extracted.</summary>
    public IReadOnlyList<Extraction>? EntityExtractions { get; init; }

    /// <summary>The linked objects.</summary>
    public CrmLinks? Crm { get; init; }
}

/// <summary>Every member that an event's payload may have.</summary>
internal sealed record EventBody
{
    public string? EventType { get; init; }

    public string? RecordingId { get; init; }

    public string? SiroUserId { get; init; }

    public bool? RecordingProcessed { get; init; }

    public bool? RecordingLinked { get; init; }

    public CrmLinks? Crm { get; init; }

    public string? Source { get; init; }

    public EnrichedRecording? Recording { get; init; }

    public string? SubscriptionId { get; init; }

    public string? Reason { get; init; }
}
