using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Alerts;

/// <summary>What is told of an alert, in each of the forms in which it is told.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Type">The event's type: the kind's word for its beginning or its end.</param>
/// <param name="Organization">Null for what concerns all.</param>
/// <param name="Level">0 at its end.</param>
internal sealed record AlertNotice(string Id, string Type, string? Organization, string Subject, int Level, string Since, string Detail)
{
    private static readonly AlertKind Failing = AlertKind.SubscriptionFailing;

    public static AlertNotice Of(string scope, AlertData data)
    {
        var kind = AlertKind.Of(data.Kind);
        return new AlertNotice(
            string.Create(CultureInfo.InvariantCulture, $"evt_{data.Episode}_{data.Level}"),
            data.Level > 0 ? kind.Firing : kind.Ended,
            scope == AlertStore.Fleet ? null : scope,
            data.Subject,
            data.Level,
            data.Since is { } since ? Iso8601.Text(since) : "",
            data.Detail);
    }

    /// <summary>One line for people.</summary>
    public string Text => Level > 0 ? Detail : $"Over: {Detail}";

    /// <summary>The members of the event's body.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("eventType", Type);
        if (Type == Failing.Firing || Type == Failing.Ended)
        {
            json.WriteString("subscriptionId", Subject);
            if (Level > 0)
            {
                json.WriteNumber("percent", Level);
            }
        }
        else
        {
            json.WriteString("subject", Subject);
        }

        json.WriteString("since", Since);
        json.WriteString("detail", Detail);
        json.WriteString("source", "gateway");
    }

    /// <summary>The webhook's body: <c>plain</c>, <c>slack</c> or <c>teams</c>.</summary>
    public byte[] Body(string format) => format switch
    {
        "slack" => JsonSerializer.SerializeToUtf8Bytes(new { text = $"*{Heading}*\n{Text}" }),
        "teams" => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["type"] = "message",
            ["attachments"] = new[]
            {
                new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["contentType"] = "application/vnd.microsoft.card.adaptive",
                    ["content"] = new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                        ["type"] = "AdaptiveCard",
                        ["version"] = "1.4",
                        ["body"] = new object[]
                        {
                            new { type = "TextBlock", text = Heading, weight = "Bolder", wrap = true,
                                color = Level > 0 ? "Attention" : "Good" },
                            new { type = "TextBlock", text = Text, wrap = true },
                        },
                    },
                },
            },
        }),
        _ => JsonSerializer.SerializeToUtf8Bytes(new { id = Id, type = Type, state = Level > 0 ? "firing" : "ended",
            organization = Organization, subject = Subject, level = Level, since = Since, text = Text }),
    };

    private string Heading => $"Siro.Gateway: {Type}{(Organization is null ? "" : $" ({Organization})")}";
}
