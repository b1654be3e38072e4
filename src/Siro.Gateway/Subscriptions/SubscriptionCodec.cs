using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Between <see cref="Subscription"/> and its stored JSON, where secrets and headers are encrypted for their organization and subscription
/// alone.
/// </summary>
internal sealed class SubscriptionCodec(StoreCipher cipher)
{
    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public string Write(Subscription subscription)
    {
        var context = Context(subscription.Organization, subscription.Id);
        return JsonSerializer.Serialize(
            new Record
            {
                Owner = subscription.Owner?.Value,
                Configured = subscription.Configured,
                Fingerprint = subscription.Fingerprint,
                Url = subscription.Url,
                Events = [.. subscription.Events],
                Filter = subscription.FilterJson,
                Headers = subscription.Headers.Count == 0
                    ? null
                    : subscription.Headers.ToDictionary(
                        h => h.Key, h => cipher.Encrypt(h.Value, context), StringComparer.OrdinalIgnoreCase),
                Secret = subscription.Secret is { } secret ? cipher.Encrypt(secret, context) : null,
                PreviousSecret = subscription.PreviousSecrets is [var newest, ..] ? cipher.Encrypt(newest.Secret, context) : null,
                PreviousSecretUntil = subscription.PreviousSecrets is [var last, ..] ? last.Until : null,
                OlderSecrets = subscription.PreviousSecrets.Count < 2 ? null
                    : [.. subscription.PreviousSecrets.Skip(1)
                        .Select(p => new OlderSecret { Secret = cipher.Encrypt(p.Secret, context), Until = p.Until })],
                RatePerSecond = subscription.RatePerSecond,
                Concurrency = subscription.Concurrency,
                TimeoutMs = subscription.Timeout?.TotalMilliseconds,
                SecretGraceMs = subscription.SecretGrace?.TotalMilliseconds,
                Order = subscription.Order,
                Enrich = subscription.Enrich.Count == 0 ? null : [.. subscription.Enrich],
                Description = subscription.Description,
                Disabled = !subscription.Enabled,
                DisabledReason = subscription.DisabledReason,
                DisabledAt = subscription.DisabledAt,
                DisabledBy = subscription.DisabledBy?.Value,
                DisabledByPerson = subscription.DisabledByPerson,
                CreatedAt = subscription.CreatedAt,
                UpdatedAt = subscription.UpdatedAt,
            },
            Json);
    }

    /// <summary>
    /// The subscription, or null when the record can't be read. A secret whose key is gone is left out: such a subscription signs nothing
    /// and is said to be broken where it is used.
    /// </summary>
    public Subscription? Read(OrganizationKey organization, SubscriptionId id, string json, long revision, long since)
    {
        Record? record;
        try
        {
            record = JsonSerializer.Deserialize<Record>(json, Json);
        }
        catch (JsonException)
        {
            record = null;
        }

        if (record is null)
        {
            return null;
        }

        var context = Context(organization, id);
        return new Subscription
        {
            Id = id,
            Organization = organization,
            Owner = record.Owner is { } owner ? new ClientName(owner) : null,
            Configured = record.Configured,
            Fingerprint = record.Fingerprint,
            Url = record.Url,
            Events = record.Events ?? ["*"],
            FilterJson = record.Filter,
            Filter = Filter(record.Filter),
            Headers = (record.Headers ?? []).Select(h => KeyValuePair.Create(h.Key, cipher.Decrypt(h.Value, context)))
                .Where(h => h.Value is not null).ToFrozenDictionary(h => h.Key, h => h.Value!, StringComparer.OrdinalIgnoreCase),
            Secret = cipher.Decrypt(record.Secret, context),
            PreviousSecrets = Previous(record, context),
            RatePerSecond = record.RatePerSecond,
            Concurrency = record.Concurrency,
            Timeout = record.TimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
            SecretGrace = record.SecretGraceMs is { } grace ? TimeSpan.FromMilliseconds(grace) : null,
            Order = record.Order,
            Enrich = record.Enrich ?? [],
            Description = record.Description,
            Enabled = !record.Disabled,
            DisabledReason = record.DisabledReason,
            DisabledAt = record.DisabledAt,
            DisabledBy = record.DisabledBy is { } client ? new ClientName(client) : null,
            DisabledByPerson = record.DisabledByPerson,
            CreatedAt = record.CreatedAt,
            UpdatedAt = record.UpdatedAt,
            Revision = revision,
            Since = since,
            EncryptedWithOlderKey = Sealed(record).Any(cipher.IsOutdated)
                && Sealed(record).All(v => cipher.Decrypt(v, context) is not null),
        };
    }

    private static IEnumerable<string> Sealed(Record record) =>
        [.. (record.Headers ?? []).Values, .. new[] { record.Secret, record.PreviousSecret }.OfType<string>(),
            .. (record.OlderSecrets ?? []).Select(s => s.Secret).OfType<string>()];

    private PreviousSecret[] Previous(Record record, string context) =>
    [
        .. (record.OlderSecrets ?? []).Prepend(new OlderSecret { Secret = record.PreviousSecret, Until = record.PreviousSecretUntil })
            .Select(s => (Secret: cipher.Decrypt(s.Secret, context), s.Until))
            .Where(s => s.Secret is not null)
            .Select(s => new PreviousSecret(s.Secret!, s.Until)),
    ];

    private static EventFilter? Filter(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return EventFilterParser.Parse(document.RootElement, "filter").Filter;
    }

    private static string Context(OrganizationKey organization, SubscriptionId id) =>
        string.Create(CultureInfo.InvariantCulture, $"subscription|{organization}|{id}");

    private sealed class OlderSecret
    {
        public string? Secret { get; init; }

        public DateTimeOffset? Until { get; init; }
    }

    private sealed class Record
    {
        public string? Owner { get; init; }

        public bool Configured { get; init; }

        public string? Fingerprint { get; init; }

        public string? Url { get; init; }

        public List<string>? Events { get; init; }

        public string? Filter { get; init; }

        public Dictionary<string, string>? Headers { get; init; }

        public string? Secret { get; init; }

        public string? PreviousSecret { get; init; }

        public DateTimeOffset? PreviousSecretUntil { get; init; }

        /// <summary>
        /// Those before <see cref="PreviousSecret"/>, newest first. Beside it, because the version before knows one only.
        /// </summary>
        public List<OlderSecret>? OlderSecrets { get; init; }

        public double? RatePerSecond { get; init; }

        public int? Concurrency { get; init; }

        public double? TimeoutMs { get; init; }

        public double? SecretGraceMs { get; init; }

        public DeliveryOrder Order { get; init; }

        public List<string>? Enrich { get; init; }

        public string? Description { get; init; }

        public bool Disabled { get; init; }

        public string? DisabledReason { get; init; }

        public DateTimeOffset? DisabledAt { get; init; }

        public string? DisabledBy { get; init; }

        public string? DisabledByPerson { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }
    }
}
