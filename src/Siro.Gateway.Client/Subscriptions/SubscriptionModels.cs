using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siro.Gateway.Client.Subscriptions;

/// <summary>A subscription to be made or replaced: with <see cref="Url"/>, or with <see cref="Pull"/>.</summary>
public sealed record SubscriptionRequest
{
    /// <summary>Where events are sent.</summary>
    public Uri? Url { get; init; }

    /// <summary>Events are read by <see cref="SubscriptionsClient.ReadAsync"/> instead.</summary>
    public bool? Pull { get; init; }

    /// <summary>Types, prefixes (<c>integrations.*</c>) or <c>*</c>; without any, all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>A condition on the payload, for example <c>{"recordingLinked": true}</c>.</summary>
    public JsonObject? Filter { get; init; }

    /// <summary>Headers sent along, at most 20.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The signing secret, <c>whsec_</c> and 24 to 64 bytes in base64; without it a new one.</summary>
    public string? Secret { get; init; }

    /// <summary>0.001 to 1000 deliveries a second.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>1 to 100 deliveries at a time.</summary>
    public int? Concurrency { get; init; }

    /// <summary>For one attempt, <c>hh:mm:ss</c>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long the secret before still signs after a rotation, at most 7 days; null as the gateway is configured.</summary>
    public TimeSpan? SecretGrace { get; init; }

    /// <summary><c>none</c>, or <c>recording</c>: a recording's events one after another.</summary>
    public string? Order { get; init; }

    /// <summary>What <c>recording.ready</c> carries: <c>summary</c>, <c>entityExtractions</c>, <c>crm</c>.</summary>
    public IReadOnlyList<string>? Enrich { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }
}

/// <summary>A subscription. Secrets and header values are never in it; <see cref="Secret"/> only in the answer that made it.</summary>
public sealed record Subscription
{
    /// <summary>Its id (<c>sub_...</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The client that it belongs to; null for one of gateway.json without a client.</summary>
    public string? Client { get; init; }

    /// <summary>It stands in gateway.json and is changed there.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Where events are sent.</summary>
    public string? Url { get; init; }

    /// <summary>Its events are read.</summary>
    public bool Pull { get; init; }

    /// <summary>Types it takes.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>Its condition on the payload.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary>Names of the headers sent along, with <c>[redacted]</c> as values.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Deliveries a second at most.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Deliveries at a time at most.</summary>
    public int? Concurrency { get; init; }

    /// <summary>For one attempt.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long the secret before still signs after a rotation; null as the gateway is configured.</summary>
    public TimeSpan? SecretGrace { get; init; }

    /// <summary><c>none</c> or <c>recording</c>.</summary>
    public string? Order { get; init; }

    /// <summary>What <c>recording.ready</c> carries.</summary>
    public IReadOnlyList<string> Enrich { get; init; } = [];

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Events are delivered or can be read.</summary>
    public bool Enabled { get; init; }

    /// <summary>Why it was disabled.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>The client that disabled it by hand.</summary>
    public string? DisabledBy { get; init; }

    /// <summary>The person behind that, by the id at the identity provider; null where it was no person's session.</summary>
    public string? DisabledByPerson { get; init; }

    /// <summary>Nothing has succeeded since an attempt failed.</summary>
    public bool Failing { get; init; }

    /// <summary>Since when; null where it does not fail.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Until when deliveries are signed with the secret before, too.</summary>
    public DateTimeOffset? PreviousSecretUntil { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The signing secret, shown once by the answer that made it.</summary>
    public string? Secret { get; init; }
}

/// <summary>How a test delivery went.</summary>
public sealed record TestDelivery
{
    /// <summary>The made-up event's id.</summary>
    public required string Id { get; init; }

    /// <summary>It was answered with 2xx.</summary>
    public bool Delivered { get; init; }

    /// <summary>The endpoint's status; null when it did not answer.</summary>
    public int? Status { get; init; }

    /// <summary>How long it took.</summary>
    public long DurationMs { get; init; }

    /// <summary>For example <c>timeout</c>, <c>connect</c>, <c>status</c>.</summary>
    public string? Error { get; init; }

    /// <summary>The answer's first 4 KiB.</summary>
    public string? Answer { get; init; }

    /// <summary>The answer went on behind that.</summary>
    public bool AnswerTruncated { get; init; }
}

/// <summary>Which events a replay sends; without anything, the dead letters.</summary>
public sealed record ReplayRequest
{
    /// <summary><c>dead</c>, <c>skipped</c> or another status of deliveries; without it everything since <see cref="Since"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Events since then.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Events before then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Of this type.</summary>
    public string? Type { get; init; }
}

/// <summary>A replay.</summary>
public sealed record ReplayResult
{
    /// <summary>Its id; null for a preview and for a subscription that is read.</summary>
    public string? Id { get; init; }

    /// <summary>How many events it sends.</summary>
    public long Count { get; init; }

    /// <summary>For a subscription that is read: where it reads from now.</summary>
    public string? Cursor { get; init; }
}

/// <summary>An event of a subscription that is read.</summary>
public sealed record PulledEvent
{
    /// <summary>The event's id; stays the same when it comes again.</summary>
    public required string Id { get; init; }

    /// <summary>Give it to <see cref="SubscriptionsClient.AcknowledgeAsync"/> once this event and those before it are done.</summary>
    public required string Cursor { get; init; }

    /// <summary>For example <c>recording.ready</c>.</summary>
    public required string Type { get; init; }

    /// <summary>When the gateway got it.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The payload; absent where it is no JSON.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>The payload where it is no JSON.</summary>
    public string? PayloadBase64 { get; init; }
}

internal sealed record PulledPage(IReadOnlyList<PulledEvent> Data, string Cursor, bool More);

internal sealed record Acknowledgement(string Cursor);
