using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Outbound;
using Siro.Gateway.Subscriptions.Filters;

namespace Siro.Gateway.Subscriptions;

/// <summary>A subscription as a caller gives it: the members of DESIGN's body, each with its errors by path.</summary>
internal sealed class SubscriptionInput
{
    /// <summary>
    /// What an answer carries beyond what can be set: taken along silently, so that an answer can be changed and sent back.
    /// </summary>
    private static readonly HashSet<string> ReadOnly = new(StringComparer.Ordinal)
    {
        "id", "client", "readOnly", "enabled", "disabledReason", "disabledAt", "disabledBy", "disabledByPerson", "failing",
        "failingSince", "previousSecretUntil", "revision", "createdAt", "updatedAt", "cursor", "source",
    };

    private readonly List<FieldError> _errors = [];

    private SubscriptionInput()
    {
    }

    public string? Url { get; private set; }

    public bool Pull { get; private set; }

    public IReadOnlyList<string> Events { get; private set; } = ["*"];

    public string? FilterJson { get; private set; }

    public Filters.EventFilter? Filter { get; private set; }

    public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>(
        StringComparer.OrdinalIgnoreCase);

    public Secret? Secret { get; private set; }

    public double? RatePerSecond { get; private set; }

    public int? Concurrency { get; private set; }

    public TimeSpan? Timeout { get; private set; }

    public TimeSpan? SecretGrace { get; private set; }

    public DeliveryOrder Order { get; private set; }

    public IReadOnlyList<string> Enrich { get; private set; } = [];

    public string? Description { get; private set; }

    /// <summary>Reads it. Throws 422 <c>invalid_subscription</c> with every error.</summary>
    public static SubscriptionInput Read(JsonElement json, OutboundRules rules)
    {
        var input = new SubscriptionInput();
        foreach (var member in json.EnumerateObject())
        {
            input.Member(member.Name, member.Value);
        }

        if (input.Pull == (input.Url is not null) && !input._errors.Exists(e => e.Field is "url" or "pull"))
        {
            input._errors.Add(new FieldError("url", "url_or_pull", "give either a 'url' or 'pull': true"));
        }

        if (input.Url is not null)
        {
            SubscriptionRules.Url(input.Url, "url", rules, input._errors.Add);
        }

        SubscriptionRules.Limits(input.RatePerSecond, input.Concurrency, input.Timeout, f => f, input._errors.Add);
        return input._errors.Count == 0
            ? input
            : throw Wrong(input._errors);
    }

    /// <summary>422 <c>invalid_subscription</c>.</summary>
    public static ProblemException Wrong(IReadOnlyList<FieldError> errors) =>
        new(new Problem(422, "invalid_subscription", "The subscription is invalid. See 'errors'.") { Errors = errors });

    private void Member(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        switch (name)
        {
            case "url":
                Url = Text(name, value);
                break;
            case "pull":
                Pull = value.ValueKind == JsonValueKind.True
                    || (value.ValueKind != JsonValueKind.False && Wrong<bool>(name, "must be true or false"));
                break;
            case "events":
                Events = Texts(name, value);
                SubscriptionRules.Events(Events, name, _errors.Add);
                break;
            case "filter":
                FilterJson = value.GetRawText();
                Filter = SubscriptionRules.Filter(FilterJson, name, _errors.Add);
                break;
            case "headers":
                Headers = Map(name, value);
                SubscriptionRules.Headers(Headers, name, _errors.Add);
                break;
            case "secret":
                Secret = new Secret(Text(name, value) ?? "");
                SubscriptionRules.Secret(Secret, name, _errors.Add);
                break;
            case "ratePerSecond":
                RatePerSecond = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var rate)
                    ? rate
                    : Wrong<double?>(name, "must be a number");
                break;
            case "concurrency":
                Concurrency = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var places)
                    ? places
                    : Wrong<int?>(name, "must be a whole number");
                break;
            case "timeout":
                Timeout = Duration(name, value);
                break;
            case "secretGrace":
                SecretGrace = Duration(name, value);
                SubscriptionRules.SecretGrace(SecretGrace, name, _errors.Add);
                break;
            case "order":
                Order = SubscriptionRules.Order(Text(name, value), name, _errors.Add);
                break;
            case "enrich":
                Enrich = SubscriptionRules.Enrich(Texts(name, value), name, _errors.Add);
                break;
            case "description":
                Description = Text(name, value);
                if (Description?.Length > 500)
                {
                    Wrong<bool>(name, "must be at most 500 characters");
                }

                break;
            default:
                if (!ReadOnly.Contains(name))
                {
                    _errors.Add(new FieldError(name, "unknown_field", "is not a member of a subscription"));
                }

                break;
        }
    }

    private string? Text(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "must be text");

    private string[] Texts(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
            : Wrong<string[]>(name, "must be an array of text") ?? [];

    private Dictionary<string, string> Map(string name, JsonElement value)
    {
        var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(m => m.Value.ValueKind != JsonValueKind.String))
        {
            Wrong<bool>(name, "must be an object of names and text");
            return map;
        }

        foreach (var member in value.EnumerateObject())
        {
            map[member.Name] = member.Value.GetString()!;
        }

        return map;
    }

    private TimeSpan? Duration(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out var seconds) && seconds is >= 0 and <= 604800 => TimeSpan.FromSeconds(seconds),
        JsonValueKind.String when TimeSpan.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var time) => time,
        _ => Wrong<TimeSpan?>(name, "must be a duration such as \"00:00:10\", or a number of seconds"),
    };

    private T? Wrong<T>(string name, string message)
    {
        _errors.Add(new FieldError(name, "invalid_value", message));
        return default;
    }
}
