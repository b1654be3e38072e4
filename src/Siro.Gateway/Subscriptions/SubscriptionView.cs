using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// A subscription as callers see it. Secrets and header values are never in it; <see cref="Secret"/> only in the answer that made it.
/// </summary>
internal sealed record SubscriptionView
{
    public required string Id { get; init; }

    public string? Client { get; init; }

    /// <summary>It stands in gateway.json.</summary>
    public bool ReadOnly { get; init; }

    public string? Url { get; init; }

    public bool Pull { get; init; }

    public required IReadOnlyList<string> Events { get; init; }

    public JsonElement? Filter { get; init; }

    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public double? RatePerSecond { get; init; }

    public int? Concurrency { get; init; }

    public string? Timeout { get; init; }

    public string? SecretGrace { get; init; }

    public required string Order { get; init; }

    public IReadOnlyList<string> Enrich { get; init; } = [];

    public string? Description { get; init; }

    public bool Enabled { get; init; }

    public string? DisabledReason { get; init; }

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

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Shown this once.</summary>
    public string? Secret { get; init; }

    public static SubscriptionView Of(
        Subscription subscription, DateTimeOffset? failingSince, DateTimeOffset now, Secret? shown = null) => new()
    {
        Id = subscription.Id.Value,
        Client = subscription.Owner?.Value,
        ReadOnly = subscription.Configured,
        Url = subscription.Url,
        Pull = subscription.IsPull,
        Events = subscription.Events,
        Filter = subscription.FilterJson is { } filter ? JsonSerializer.Deserialize<JsonElement>(filter) : null,
        Headers = subscription.Headers.Count == 0
            ? null
            : subscription.Headers.ToDictionary(h => h.Key, _ => Common.Secret.Redacted, StringComparer.OrdinalIgnoreCase),
        RatePerSecond = subscription.RatePerSecond,
        Concurrency = subscription.Concurrency,
        Timeout = subscription.Timeout?.ToString("c"),
        SecretGrace = subscription.SecretGrace?.ToString("c"),
        Order = subscription.Order == DeliveryOrder.Recording ? "recording" : "none",
        Enrich = subscription.Enrich,
        Description = subscription.Description,
        Enabled = subscription.Enabled,
        DisabledReason = subscription.DisabledReason,
        DisabledAt = subscription.DisabledAt,
        DisabledBy = subscription.DisabledBy?.Value,
        DisabledByPerson = subscription.DisabledByPerson,
        Failing = failingSince is not null,
        FailingSince = failingSince,
        PreviousSecretUntil = subscription.PreviousSecretUntil(now),
        CreatedAt = subscription.CreatedAt,
        UpdatedAt = subscription.UpdatedAt,
        Secret = shown?.Reveal(),
    };
}
