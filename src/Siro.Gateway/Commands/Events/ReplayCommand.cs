using System.CommandLine;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;

namespace Siro.Gateway.Commands.Events;

/// <summary><c>siro-gateway replay SUBSCRIPTION [--preview]</c>: sends deliveries again, or says how many they would be.</summary>
internal static class ReplayCommand
{
    public static Command Create(TimeProvider time)
    {
        var subscription = new Argument<string>("SUBSCRIPTION") { Description = "Its id, or its name in gateway.json." };
        var status =
            new Option<string?>("--status") { Description =
            "Deliveries in this state: dead (the default where nothing else is said), skipped, delivered, expired; retrying: those that "
            + "wait for their next attempt are sent now." };
        status.AcceptOnlyFromAmong(ReplayFilter.States);
        var since =
            new Option<string?>("--since") { Description =
            "From then on: a moment (2026-03-01T14:30:00Z), or how long ago (30m, 12h, 2d). Without --status every event since then." };
        var until = new Option<string?>("--until") { Description = "Before then: a moment, or how long ago." };
        var type = new Option<string?>("--type") { Description = "Only events of this type." };
        var limit = new Option<int?>("--limit") { Description = "At most so many, 1 to 100000." };
        var preview = new Option<bool>("--preview") { Description = "Send nothing: say how many it would be." };
        var json = new Option<bool>("--json") { Description = "Print the gateway's answer as JSON." };
        var command = new Command("replay", "Send a subscription's deliveries again; --preview only counts.") { subscription, status, since,
            until, type, limit, preview, json };
        var gateway = new GatewayOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(
            parsed,
            async () =>
            {
                var id = parsed.GetRequiredValue(subscription);
                var filter = new Dictionary<string, object>(StringComparer.Ordinal);
                Add(filter, "status", parsed.GetValue(status));
                Add(filter, "since", Moments.Past(parsed.GetValue(since), "--since", time) is { } from ? Iso8601.Text(from) : null);
                Add(filter, "until", Moments.Past(parsed.GetValue(until), "--until", time) is { } to ? Iso8601.Text(to) : null);
                Add(filter, "type", parsed.GetValue(type));
                Add(filter, "limit", parsed.GetValue(limit));
                using var api = gateway.Connect(parsed);
                var only = parsed.GetValue(preview);
                var answer = await api.PostAsync(
                    $"v1/subscriptions/{Uri.EscapeDataString(id)}/replay{(only ? "?preview=true" : "")}", filter, cancellationToken);
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    await output.WriteLineAsync(answer.GetRawText());
                    return ExitCodes.Done;
                }

                var count = answer.GetProperty("count").GetRawText();
                await output.WriteLineAsync(
                    only ? $"{count} event(s) would be sent again to {id}. Nothing was sent: leave --preview out for that."
                    : answer.Text("id") is { } replay
                        ? $"{count} event(s) are sent again to {id} ({replay}): see GET /v1/deliveries?subscription={id}."
                    : $"{id} was set back: its reader gets {count} event(s) again.");
                return ExitCodes.Done;
            },
            cancellationToken));
        return command;
    }

    private static void Add(Dictionary<string, object> filter, string name, object? value)
    {
        if (value is not null)
        {
            filter[name] = value;
        }
    }
}
