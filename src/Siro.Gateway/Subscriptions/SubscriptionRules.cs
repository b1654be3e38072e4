using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Outbound;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Subscriptions;

/// <summary>What a subscription may be, whether it comes by the API or stands in gateway.json.</summary>
internal static class SubscriptionRules
{
    public static readonly IReadOnlyList<string> Enrichments = ["crm", "entityExtractions", "summary"];

    private const int MostEvents = 50;
    private const int MostHeaders = 20;
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Headers that are the gateway's, HTTP's own, or that a proxy on the way would act on.</summary>
    private static readonly HashSet<string> Forbidden = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade",
        "Expect", "Content-Length", "Content-Type", "Content-Encoding", "Accept-Encoding", "Via", "Forwarded", "Date", "Cookie",
    };

    private static readonly string[] ForbiddenPrefixes = ["webhook-", "svix-", "siro-", "x-forwarded-", "sec-", ":"];

    public static void Events(IReadOnlyList<string> events, string field, Action<FieldError> wrong)
    {
        if (events.Count is 0 or > MostEvents)
        {
            wrong(new FieldError(field, "invalid_events", $"must name 1 to {MostEvents} event types, or '*'"));
        }

        for (var i = 0; i < events.Count; i++)
        {
            var name = events[i];
            var stem = name == "*" ? "x" : name.EndsWith(".*", StringComparison.Ordinal) ? name[..^2] : name;
            if (stem.Length is 0 or > 128 || !stem.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            {
                wrong(new FieldError($"{field}[{i}]", "invalid_event_type", "must be an event type, a prefix ending in '.*', or '*'"));
            }
        }
    }

    public static void Url(string? url, string field, OutboundRules rules, Action<FieldError> wrong)
    {
        var (checkedUrl, error) = OutboundUrl.Check(url, field, rules);
        if (error is not null)
        {
            wrong(error);
        }
        else if (checkedUrl!.Fragment.Length > 0)
        {
            wrong(new FieldError(field, "invalid_url", "must have no fragment"));
        }
    }

    public static EventFilter? Filter(string json, string field, Action<FieldError> wrong)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var (filter, errors) = EventFilterParser.Parse(document.RootElement, field);
            foreach (var error in errors)
            {
                wrong(error);
            }

            return filter;
        }
        catch (JsonException)
        {
            wrong(new FieldError(field, "invalid_filter", "is no JSON"));
            return null;
        }
    }

    public static void Headers(IReadOnlyCollection<KeyValuePair<string, string>> headers, string field, Action<FieldError> wrong)
    {
        if (headers.Count > MostHeaders)
        {
            wrong(new FieldError(field, "too_many_headers", $"must have at most {MostHeaders} headers"));
        }

        foreach (var (name, value) in headers)
        {
            var at = $"{field}.{name}";
            if (name.Length is 0 or > 100 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                wrong(new FieldError(at, "invalid_header", "is no header name"));
            }
            else if (Forbidden.Contains(name) || ForbiddenPrefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase)))
            {
                wrong(new FieldError(at, "forbidden_header", "is not a header that a subscription may set"));
            }

            if (value.Length > 2048 || value.Any(static c => c is < ' ' or > '~'))
            {
                wrong(new FieldError(at, "invalid_header", "must be at most 2048 printable ASCII characters"));
            }
        }
    }

    public static void Secret(Secret secret, string field, Action<FieldError> wrong)
    {
        if (!SigningSecret.IsGoodForSubscribers(secret))
        {
            wrong(new FieldError(field, "invalid_secret", "must be 'whsec_' and 24 to 64 bytes in base64"));
        }
    }

    public static void Limits(
        double? ratePerSecond, int? concurrency, TimeSpan? timeout, Func<string, string> field, Action<FieldError> wrong)
    {
        if (ratePerSecond is not (null or >= 0.001 and <= 1000))
        {
            wrong(new FieldError(field("ratePerSecond"), "out_of_range", "must be 0.001 to 1000"));
        }

        if (concurrency is not (null or >= 1 and <= 100))
        {
            wrong(new FieldError(field("concurrency"), "out_of_range", "must be 1 to 100"));
        }

        if (timeout < LeastTimeout || timeout > MostTimeout)
        {
            wrong(new FieldError(field("timeout"), "out_of_range", "must be 00:00:00.1 to 00:05:00"));
        }
    }

    /// <summary>Longest time that a secret may sign beside the one that took its place.</summary>
    public static readonly TimeSpan MostSecretGrace = TimeSpan.FromDays(7);

    public static void SecretGrace(TimeSpan? grace, string field, Action<FieldError> wrong)
    {
        if (grace < TimeSpan.Zero || grace > MostSecretGrace)
        {
            wrong(new FieldError(field, "out_of_range", "must be 00:00:00 to 7.00:00:00"));
        }
    }

    public static DeliveryOrder Order(string? order, string field, Action<FieldError> wrong)
    {
        switch (order)
        {
            case null or "none":
                return DeliveryOrder.None;
            case "recording":
                return DeliveryOrder.Recording;
            default:
                wrong(new FieldError(field, "invalid_order", "must be 'none' or 'recording'"));
                return DeliveryOrder.None;
        }
    }

    public static IReadOnlyList<string> Enrich(IReadOnlyList<string> enrich, string field, Action<FieldError> wrong)
    {
        for (var i = 0; i < enrich.Count; i++)
        {
            if (!Enrichments.Contains(enrich[i]))
            {
                wrong(new FieldError(string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]"), "unknown_enrichment",
                    "must be 'summary', 'entityExtractions' or 'crm'"));
            }
        }

        return [.. enrich.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
