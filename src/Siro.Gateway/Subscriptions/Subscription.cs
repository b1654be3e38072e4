using System.Collections.Frozen;
using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Subscriptions;

/// <summary>Names a subscription inside its organization: <c>sub_...</c>, or its name in gateway.json.</summary>
internal readonly record struct SubscriptionId(string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;

    /// <summary>
    /// True for text that may be one: 1 to 64 letters, digits, dashes, underscores. No dot, which separates it from the event in a
    /// delivery's id.
    /// </summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>In which order deliveries go out.</summary>
internal enum DeliveryOrder
{
    /// <summary>Each as soon as it can.</summary>
    None,

    /// <summary>A recording's events one after another, in the order they came; others are not held up.</summary>
    Recording,
}

/// <summary>A secret that was replaced.</summary>
/// <param name="Until">When it ends; null: it is taken away by hand.</param>
internal sealed record PreviousSecret(Secret Secret, DateTimeOffset? Until)
{
    /// <summary>It has not ended yet.</summary>
    public bool SignsAt(DateTimeOffset now) => Until is not { } until || now < until;
}

/// <summary>Who wants which events, and how they get there. As stored; immutable.</summary>
internal sealed record Subscription
{
    public required SubscriptionId Id { get; init; }

    public required OrganizationKey Organization { get; init; }

    /// <summary>The client that it belongs to; null for one of gateway.json that names none.</summary>
    public ClientName? Owner { get; init; }

    /// <summary>Stands in gateway.json: read-only.</summary>
    public bool Configured { get; init; }

    /// <summary>Hash of what gateway.json says, so that a start changes nothing where that says nothing new.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Where events are sent; null for one that is read (pull).</summary>
    public string? Url { get; init; }

    /// <summary>Event types, <c>*</c>, or prefixes ending in <c>.*</c>. At least one.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>The filter as it was given, as JSON; null for none.</summary>
    public string? FilterJson { get; init; }

    /// <summary>The same, ready for use.</summary>
    public EventFilter? Filter { get; init; }

    /// <summary>Extra headers; their values are often credentials.</summary>
    public FrozenDictionary<string, Secret> Headers { get; init; } = FrozenDictionary<string, Secret>.Empty;

    /// <summary>What signs now; null for pull.</summary>
    public Secret? Secret { get; init; }

    /// <summary>What signs as well for a while, the newest first: every one that a rotation has promised time to.</summary>
    public IReadOnlyList<PreviousSecret> PreviousSecrets { get; init; } = [];

    /// <summary>Until when the newest of the previous secrets signs; null where there is none, or it has no end.</summary>
    public DateTimeOffset? PreviousSecretUntil(DateTimeOffset now) => PreviousSecrets.FirstOrDefault(p => p.SignsAt(now))?.Until;

    /// <summary>All that sign now, the current one first.</summary>
    public IEnumerable<Secret> SigningSecrets(DateTimeOffset now) =>
        [.. Secret is { } current ? [current] : Array.Empty<Secret>(), .. PreviousSecrets.Where(p => p.SignsAt(now)).Select(p => p.Secret)];

    /// <summary>
    /// Another secret signs from now on, and the one before until <paramref name="until"/>; what others were promised stays.
    /// </summary>
    public Subscription Rotated(Secret secret, DateTimeOffset until, DateTimeOffset now) => this with
    {
        Secret = secret,
        PreviousSecrets =
        [
            .. Secret is { } before && until > now ? [new PreviousSecret(before, until)] : Array.Empty<PreviousSecret>(),
            .. PreviousSecrets.Where(p => p.SignsAt(now) && !p.Secret.Equals(secret)),
        ],
        UpdatedAt = now,
    };

    /// <summary>Most attempts a second, over the fleet; null for no limit.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Most attempts at a time, over the fleet; null as the gateway sees fit.</summary>
    public int? Concurrency { get; init; }

    /// <summary>How long one attempt may take; null as configured for all.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long the secret before still signs after a rotation; null as configured for all.</summary>
    public TimeSpan? SecretGrace { get; init; }

    public DeliveryOrder Order { get; init; }

    /// <summary>Sorted, so that equal wishes are one variant of an event's body.</summary>
    public IReadOnlyList<string> Enrich { get; init; } = [];

    public string? Description { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Why it was disabled: <c>requested</c>, <c>gone</c> (410), <c>failing</c>, <c>configuration</c>; null while enabled.
    /// </summary>
    public string? DisabledReason { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>The client that disabled it by hand; null while enabled, and where nobody did.</summary>
    public ClientName? DisabledBy { get; init; }

    /// <summary>The person behind that, by the id at the identity provider; null where it was no person's session.</summary>
    public string? DisabledByPerson { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Grows with each change; the ETag.</summary>
    public long Revision { get; init; }

    /// <summary>It gets events with a larger number than this.</summary>
    public long Since { get; init; }

    /// <summary>
    /// Its record holds something that was not encrypted with the first of <c>Store:EncryptionKeys</c>, and all of it can still be read.
    /// </summary>
    public bool EncryptedWithOlderKey { get; init; }

    public bool IsPull => Url is null;

    /// <summary>The partition of its deliveries in the job engine.</summary>
    public string Partition => PartitionOf(Organization, Id);

    /// <summary>The partition of a subscription's deliveries, whether or not it still exists.</summary>
    public static string PartitionOf(OrganizationKey organization, SubscriptionId id) => $"{organization.Value}/{id.Value}";

    /// <summary>True when it is to get this type of event.</summary>
    public bool Takes(string type) => Events.Any(e =>
        e == "*" || e == type
            || (e.EndsWith(".*", StringComparison.Ordinal)
            && type.AsSpan().StartsWith(e.AsSpan(0, e.Length - 1), StringComparison.Ordinal)));
}
