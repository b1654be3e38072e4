using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;
using Spectre.Console;

namespace Siro.Gateway.Commands.Events;

/// <summary>
/// <c>siro-gateway events tail</c> and <c>events show ID</c>: the organization's log of events at a terminal. Reads alone: no subscription
/// is made.
/// </summary>
internal static class EventsCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(TimeProvider time) => new("events", "The organization's log of events.") { Tail(time), Show() };

    private static Command Tail(TimeProvider time)
    {
        var type = new Option<string?>("--type") { Description = "Only events of this type." };
        var recording = new Option<string?>("--recording") { Description = "Only events of this recording." };
        var since =
            new Option<string?>("--since") { Description =
            "Begin in the past: a moment (2026-03-01T14:30:00Z), or how long ago (30m, 12h, 2d). Default: now." };
        var noFollow = new Option<bool>("--no-follow") { Description = "End with what is there." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command = new Command("tail", "Print events as they arrive. Ctrl-C ends it.") { type, recording, since, noFollow, json };
        var gateway = new GatewayOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(
            parsed,
            async () =>
            {
                var from = Moments.Past(parsed.GetValue(since), "--since", time) ?? time.GetUtcNow();
                using var api = gateway.Connect(parsed);
                var screen = parsed.Screen();
                var error = parsed.InvocationConfiguration.Error;
                var tail = new EventTail(api, parsed.GetValue(type), parsed.GetValue(recording), from, time);
                try
                {
                    await tail.RunAsync(
                        e => Print(screen, parsed.InvocationConfiguration.Output, e, parsed.GetValue(json)),
                        error.WriteLine,
                        follow: !parsed.GetValue(noFollow),
                        cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    // The way it ends.
                }

                return ExitCodes.Done;
            },
            cancellationToken));
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "The event's id." };
        var json = new Option<bool>("--json") { Description = "Print the gateway's answer as it is." };
        var command = new Command("show", "Print one event with its payload and its deliveries.") { id, json };
        var gateway = new GatewayOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(
            parsed,
            async () =>
            {
                using var api = gateway.Connect(parsed);
                var found = await api.GetAsync("v1/events/" + Uri.EscapeDataString(parsed.GetRequiredValue(id)), cancellationToken);
                if (parsed.GetValue(json))
                {
                    await parsed.InvocationConfiguration.Output.WriteLineAsync(found.GetRawText());
                    return ExitCodes.Done;
                }

                var screen = parsed.Screen();
                Print(screen, parsed.InvocationConfiguration.Output, found, json: false);
                screen.WriteLine(found.TryGetProperty("payload", out var payload) && payload.ValueKind is not JsonValueKind.Null
                    ? JsonSerializer.Serialize(payload, Indented)
                    : $"(no JSON; base64) {found.Text("payloadBase64")}");
                var deliveries = new Table().Border(TableBorder.Simple).AddColumns("Subscription", "Status", "Attempts");
                foreach (var delivery in found.Items("deliveries"))
                {
                    var attempts = delivery.TryGetProperty("attempts", out var count) && count.ValueKind is JsonValueKind.Number
                        ? count.GetRawText()
                        : "";
                    deliveries.AddRow(
                        new Text(delivery.Text("subscription") ?? ""), new Text(delivery.Text("status") ?? ""), new Text(attempts));
                }

                if (deliveries.Rows.Count > 0)
                {
                    screen.Write(deliveries);
                }

                return ExitCodes.Done;
            },
            cancellationToken));
        return command;
    }

    private static void Print(IAnsiConsole screen, TextWriter output, JsonElement e, bool json)
    {
        if (json)
        {
            output.WriteLine(e.GetRawText());
            output.Flush();
            return;
        }

        // Not wrapped: an id is copied whole.
        screen.Profile.Width = Math.Max(screen.Profile.Width, 4096);
        var bytes = e.TryGetProperty("bytes", out var size) && size.TryGetInt64(out var length)
            ? length.ToString(CultureInfo.InvariantCulture)
            : "?";
        screen.MarkupLine($"[grey]{Markup.Escape(e.Text("receivedAt") ?? "")}[/]  [bold]{Markup.Escape(e.Text("type") ?? "")}[/]  "
            + $"{Markup.Escape(e.Text("id") ?? "")}  "
            + $"{Markup.Escape(e.Text("recordingId") is { } recording ? $"recording {recording}  " : "")}"
                + $"[grey]{Markup.Escape(e.Text("source") ?? "")}, {bytes} bytes[/]");
    }
}
