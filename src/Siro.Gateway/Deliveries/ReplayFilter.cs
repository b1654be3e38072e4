using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Events;

namespace Siro.Gateway.Deliveries;

/// <summary>
/// What is to be replayed: deliveries in a state (dead letters where nothing else is said), or with a time and no state every event since
/// then that the subscription takes, whether or not it ever got it. Those that are <c>retrying</c> are no replays: they are sent before
/// their next attempt was due, and keep their attempts and their order.
/// </summary>
internal sealed record ReplayFilter(string? Status, DateTimeOffset? Since, DateTimeOffset? Until, string? Type, int Limit)
{
    /// <summary>Most deliveries of one replay.</summary>
    public const int Most = 100_000;

    /// <summary>What <see cref="Status"/> may be.</summary>
    public static readonly string[] States =
        [DeliveryState.Dead, DeliveryState.Skipped, DeliveryState.Delivered, DeliveryState.Expired, DeliveryState.Retrying];

    /// <summary>Reads <c>{status?, since?, until?, type?, limit?}</c>. Throws 422 <c>invalid_replay</c>.</summary>
    public static ReplayFilter Read(JsonElement json)
    {
        var errors = new List<FieldError>();
        string? status = null, type = null;
        DateTimeOffset? since = null, until = null;
        var limit = Most;
        foreach (var member in json.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
        {
            var text = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            switch (member.Name)
            {
                case "status" when text is not null && States.Contains(text, StringComparer.Ordinal):
                    status = text;
                    break;
                case "status":
                    errors.Add(new FieldError("status", "invalid_value", "must be one of: " + string.Join(", ", States)));
                    break;
                case "since" when text is not null && Iso8601.Parse(text) is { } moment:
                    since = moment;
                    break;
                case "until" when text is not null && Iso8601.Parse(text) is { } moment:
                    until = moment;
                    break;
                case "since" or "until":
                    errors.Add(new FieldError(member.Name, "invalid_value", "must be a moment such as 2026-01-31T12:00:00Z"));
                    break;
                case "type" when text is { Length: > 0 }:
                    type = text;
                    break;
                case "limit" when member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var number)
                    && number is >= 1 and <= Most:
                    limit = number;
                    break;
                case "limit" or "type":
                    errors.Add(new FieldError(member.Name, "invalid_value",
                        member.Name == "limit" ? $"must be 1 to {Most}" : "must be an event type"));
                    break;
                default:
                    errors.Add(new FieldError(member.Name, "unknown_field", "is not part of a replay's filter"));
                    break;
            }
        }

        if (since is { } from && until is { } to && to <= from)
        {
            errors.Add(new FieldError("until", "invalid_value", "must be later than since"));
        }

        return errors.Count == 0
            ? new ReplayFilter(status is null && since is null && until is null ? DeliveryState.Dead : status, since, until, type, limit)
            : throw new ProblemException(new Problem(422, "invalid_replay", "The filter is invalid. See 'errors'.") { Errors = errors });
    }

    /// <summary>The log's part that it covers.</summary>
    public EventQuery Events(long from) => new()
    {
        From = Math.Max(from, Since is { } since ? StoredEvent.NumberOf(since) : 0),
        To = Until is { } until ? StoredEvent.NumberOf(until) - 1 : long.MaxValue,
        OldestFirst = true,
        Type = Type,
        Limit = 200,
    };
}
