using System.Text.Encodings.Web;
using System.Text.Json;
using Siro.Gateway.Common;
using Spectre.Console;

namespace Siro.Gateway.Commands.Listen;

/// <summary>What <c>listen</c> prints: a line an event for people, or one JSON object a line; and the count at the end.</summary>
internal sealed class ListenReport(IAnsiConsole screen, TextWriter output, bool json, TimeProvider time)
{
    /// <summary>Ids of refused and skipped events that the last line names.</summary>
    private const int MostNamed = 10;

    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> _missed = [];
    private int _accepted;
    private int _refused;
    private int _skipped;
    private DateTimeOffset? _firstMissed;

    /// <summary>The beginning, with the secret, this once.</summary>
    public void Listening(
        string organization, Uri gateway, Uri application, string subscription, Secret secret, DateTimeOffset? since, int? past)
    {
        if (json)
        {
            Line(new { type = "listening", organization, gateway, application, subscription, secret = secret.Reveal(), since, past });
            return;
        }

        Line($"[bold]{Markup.Escape(organization)}[/]'s events at {Markup.Escape(gateway.ToString())} are forwarded to "
            + $"[bold]{Markup.Escape(application.ToString())}[/].");
        Line("");
        Line("The secret that verifies them (webhook-* and svix-* headers), shown this once:");
        Line("");
        Line("  " + Markup.Escape(secret.Reveal()));
        Line("");
        if (since is { } moment)
        {
            Line($"Beginning with {past} event(s) since {Iso8601.Text(moment)}.");
        }

        Line($"Listening. Ctrl-C ends it and removes the subscription {Markup.Escape(subscription)}.");
    }

    /// <summary>One event and what the application made of it.</summary>
    public void Forwarded(string id, string type, DateTimeOffset receivedAt, LocalAnswer answer)
    {
        if (answer.Accepted)
        {
            _accepted++;
        }
        else
        {
            _refused += answer.Status is null ? 0 : 1;
            _skipped += answer.Status is null ? 1 : 0;
            _firstMissed ??= receivedAt;
            if (_missed.Count < MostNamed)
            {
                _missed.Add(id);
            }
        }

        if (json)
        {
            Line(new { type = answer.Status is null
                ? "skipped"
                : "forwarded", at = time.GetUtcNow(), id, eventType = type, receivedAt, status = answer.Status,
                    milliseconds = answer.Milliseconds, failure = answer.Failure, said = answer.Said });
            return;
        }

        var colour = answer.Accepted ? "green" : answer.Status is null ? "yellow" : "red";
        var word = answer.Status is { } status ? $"{status} in {answer.Milliseconds} ms" : $"skipped: {answer.Failure}";
        Stamped($"{Markup.Escape(type)}  {Markup.Escape(id)}  "
            + $"[{colour}]{Markup.Escape(word)}[/]{(answer.Said is { } said ? "  " + Markup.Escape(said) : "")}");
    }

    /// <summary>The gateway is away; said once until it is back.</summary>
    public void Away(string why)
    {
        if (json)
        {
            Line(new { type = "away", at = time.GetUtcNow(), why });
        }
        else
        {
            Stamped($"[yellow]{Markup.Escape(why)} Trying again until it is back.[/]");
        }
    }

    /// <summary>It answers again.</summary>
    /// <param name="newSubscription">Its new one, where the one before was gone.</param>
    /// <param name="after">From where events are read on.</param>
    public void Back(TimeSpan away, string? newSubscription, DateTimeOffset? after)
    {
        if (json)
        {
            Line(new { type = "back", at = time.GetUtcNow(), seconds = Math.Round(away.TotalSeconds, 1), skipped = 0,
                subscription = newSubscription, after });
            return;
        }

        if (away > TimeSpan.Zero)
        {
            Stamped($"[green]The gateway is back after {away.TotalSeconds:0} s.[/] What came meanwhile follows; nothing was skipped.");
        }

        if (newSubscription is not null)
        {
            Stamped($"[yellow]The subscription was gone; {Markup.Escape(newSubscription)} takes its place.[/] "
                + (after is { } moment
                    ? $"It goes on after {Iso8601.Text(moment)}; events that the store has lost are skipped."
                    : "It begins now: events before that are skipped."));
        }
    }

    /// <summary>A line about something that is no event.</summary>
    public void Note(string text)
    {
        if (json)
        {
            Line(new { type = "note", at = time.GetUtcNow(), text });
        }
        else
        {
            Stamped(Markup.Escape(text));
        }
    }

    /// <summary>The end.</summary>
    public void Ended(string subscription, string? notRemoved)
    {
        if (json)
        {
            Line(new { type = "ended", at = time.GetUtcNow(), subscription, removed = notRemoved is null, accepted = _accepted,
                refused = _refused, skipped = _skipped, missed = _missed, firstMissed = _firstMissed });
            return;
        }

        Line("");
        Line($"{_accepted} accepted, {_refused} refused by the application, {_skipped} skipped."
            + (notRemoved is null ? $" The subscription {Markup.Escape(subscription)} is removed." : ""));
        if (_firstMissed is { } first)
        {
            Line($"Not accepted: {Markup.Escape(string.Join(", ", _missed))}{(_refused + _skipped > _missed.Count ? ", ..." : "")}. "
                + $"Again: --replay-from {Iso8601.Text(first)}");
        }
    }

    private void Stamped(string markup) => Line($"[grey]{time.GetLocalNow():HH:mm:ss}[/]  {markup}");

    private void Line(string markup)
    {
        // Not wrapped: an id or a secret is copied whole.
        screen.Profile.Width = Math.Max(screen.Profile.Width, 4096);
        screen.MarkupLine(markup);
    }

    private void Line(object line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, Json));
        output.Flush();
    }
}
