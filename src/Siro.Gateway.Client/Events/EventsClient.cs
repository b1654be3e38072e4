using System.Text.Json;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Events;

/// <summary>The log of events and deliveries: <c>/v1/events</c>, <c>/v1/deliveries</c>.</summary>
public sealed class EventsClient
{
    private readonly GatewayTransport _transport;

    internal EventsClient(GatewayTransport transport) => _transport = transport;

    /// <summary>Events, newest first.</summary>
    public IAsyncEnumerable<LoggedEvent> ListAsync(EventFilter? filter = null, CancellationToken cancellationToken = default) =>
        _transport.ListAsync(
            Paths.Query(
                "/v1/events",
                ("type", filter?.Type),
                ("recordingId", filter?.RecordingId),
                ("since", Paths.Text(filter?.Since)),
                ("until", Paths.Text(filter?.Until)),
                ("limit", "100")),
            GatewayJson.Default.SiroPageLoggedEvent,
            cancellationToken);

    /// <summary>
    /// One event with its payload and deliveries; <c>event_not_found</c> where there is none, or retention has removed it.
    /// </summary>
    public Task<LoggedEvent> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Get,
            $"/v1/events/{Paths.Segment(id, nameof(id))}",
            GatewayJson.Default.LoggedEvent,
            null,
            repeatable: true,
            cancellationToken);

    /// <summary>Deliveries, newest first.</summary>
    public IAsyncEnumerable<Delivery> ListDeliveriesAsync(DeliveryFilter? filter = null, CancellationToken cancellationToken = default) =>
        _transport.ListAsync(
            Paths.Query(
                "/v1/deliveries",
                ("subscription", filter?.SubscriptionId),
                ("status", filter?.Status),
                ("event", filter?.EventId),
                ("since", Paths.Text(filter?.Since)),
                ("until", Paths.Text(filter?.Until)),
                ("limit", "100")),
            GatewayJson.Default.SiroPageDelivery,
            cancellationToken);

    /// <summary>One delivery with every attempt.</summary>
    public Task<Delivery> GetDeliveryAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Get,
            $"/v1/deliveries/{Paths.Segment(id, nameof(id))}",
            GatewayJson.Default.Delivery,
            null,
            repeatable: true,
            cancellationToken);

    /// <summary>Sends one delivery again (<c>subscriptions:write</c>).</summary>
    public async Task RetryDeliveryAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"/v1/deliveries/{Paths.Segment(id, nameof(id))}/retry"),
            repeatable: false,
            cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Which events.</summary>
public sealed record EventFilter
{
    /// <summary>Of this type.</summary>
    public string? Type { get; init; }

    /// <summary>Of this recording.</summary>
    public string? RecordingId { get; init; }

    /// <summary>Received then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Received before then.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Which deliveries.</summary>
public sealed record DeliveryFilter
{
    /// <summary>Of this subscription.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary><c>pending</c>, <c>retrying</c>, <c>delivered</c>, <c>dead</c>, <c>skipped</c>, <c>expired</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Of this event.</summary>
    public string? EventId { get; init; }

    /// <summary>Made then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Made before then.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>An event of the log; payload and deliveries only where one was asked for.</summary>
public sealed record LoggedEvent
{
    /// <summary>Siro's <c>svix-id</c>, or the gateway's own id.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the log.</summary>
    public long Number { get; init; }

    /// <summary>For example <c>recording.ready</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The recording that it is about.</summary>
    public string? RecordingId { get; init; }

    /// <summary><c>webhook</c>, <c>reconciliation</c>, ...</summary>
    public string? Source { get; init; }

    /// <summary>When the gateway got it.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The payload's length.</summary>
    public long Bytes { get; init; }

    /// <summary>The payload.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>The payload where it is no JSON.</summary>
    public string? PayloadBase64 { get; init; }

    /// <summary>Its deliveries to the subscriptions that the caller sees.</summary>
    public IReadOnlyList<Delivery>? Deliveries { get; init; }
}

/// <summary>A delivery; attempts only where one was asked for.</summary>
public sealed record Delivery
{
    /// <summary><c>{event}.{subscription}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The event.</summary>
    public required string EventId { get; init; }

    /// <summary>The subscription.</summary>
    public required string SubscriptionId { get; init; }

    /// <summary><c>pending</c>, <c>retrying</c>, <c>delivered</c>, <c>dead</c>, <c>skipped</c>, <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The event's type.</summary>
    public string? Type { get; init; }

    /// <summary>The event's recording.</summary>
    public string? RecordingId { get; init; }

    /// <summary>It is a replay's.</summary>
    public bool Replay { get; init; }

    /// <summary>How many attempts are kept.</summary>
    public int AttemptCount { get; init; }

    /// <summary>The last answer's status.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastError { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The attempts, oldest first.</summary>
    public IReadOnlyList<DeliveryAttempt>? Attempts { get; init; }
}

/// <summary>One attempt.</summary>
public sealed record DeliveryAttempt
{
    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The answer's status.</summary>
    public int? Status { get; init; }

    /// <summary>How long it took.</summary>
    public long DurationMs { get; init; }

    /// <summary>Why it failed; null for success.</summary>
    public string? Error { get; init; }

    /// <summary>The answer's beginning: its first 4 KiB, 1 KiB once there is a later attempt.</summary>
    public string? Answer { get; init; }

    /// <summary>The answer went on behind that.</summary>
    public bool AnswerTruncated { get; init; }

    /// <summary>It was a replay's.</summary>
    public bool Replay { get; init; }
}
