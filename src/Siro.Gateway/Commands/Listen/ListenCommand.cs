using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Commands.Listen;

/// <summary>
/// <c>siro-gateway listen URL</c>: forwards the organization's events to an application on this machine, through the pull API and without a
/// tunnel, for as long as it runs.
/// </summary>
internal static class ListenCommand
{
    public static Command Create(Randomness randomness, TimeProvider time)
    {
        var url = new Argument<string>(
            "URL") { Description = "The application: http://localhost:5050/webhooks, or the port alone. Only addresses of this machine." };
        var events = new Option<string[]>(
            "--events") { Description = "Event types, separated by commas; a trailing * stands for any rest. Default: all." };
        var filter = new Option<string?>(
            "--filter") { Description = """A filter on the payload as JSON, as subscriptions have: '{"recordingLinked":true}'.""" };
        var replay = new Option<string?>(
            "--replay-from") { Description = "Begin in the past: a moment (2026-03-01T14:30:00Z), or how long ago (30m, 12h, 2d)." };
        var secret =
            new Option<string?>("--secret") { Description =
            "Sign with this secret (whsec_...) in place of a new one. Also by the variable SIRO_GATEWAY_LISTEN_SECRET." };
        var timeout = new Option<int>(
            "--timeout") { Description = "Seconds that the application has to answer, 1 to 300.", DefaultValueFactory = _ => 30 };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 300)
            {
                result.AddError("--timeout must be 1 to 300 seconds.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command =
            new Command("listen",
            "Forward the organization's events to an application on this machine. Ctrl-C ends it and leaves no subscription behind.")
        {
            url, events, filter, replay, secret, timeout, json,
        };
        var gateway = new GatewayOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(
            parsed,
            async () =>
            {
                var target = Target(parsed.GetRequiredValue(url));
                var wanted = new ListenWish(
                    [.. (parsed.GetValue(events) ?? []).SelectMany(
                        e => e.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                    Filter(parsed.GetValue(filter)),
                    Moments.Past(parsed.GetValue(replay), "--replay-from", time));
                var key = Secret(parsed.GetValue(secret), randomness);
                using var api = gateway.Connect(parsed);
                using var application = new LocalApplication(target, key, TimeSpan.FromSeconds(parsed.GetValue(timeout)), time);
                var report = new ListenReport(parsed.Screen(), parsed.InvocationConfiguration.Output, parsed.GetValue(json), time);

                // A closed terminal ends it as Ctrl-C does.
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
                {
                    signal.Cancel = true;
                    stop.Cancel();
                });
                await new ListenSession(api, application, report, wanted, time).RunAsync(key, stop.Token);
                return ExitCodes.Done;
            },
            cancellationToken));
        return command;
    }

    /// <summary>
    /// The application's address. Throws <see cref="CommandFailure"/> for one that is not on this machine: this is no way to publish
    /// events.
    /// </summary>
    internal static Uri Target(string text)
    {
        var whole = text.All(char.IsAsciiDigit)
            ? $"http://localhost:{text}" : text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(whole, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
        {
            throw new CommandFailure(ExitCodes.Wrong, $"{text} is no http address: write it as http://localhost:5050/webhooks.");
        }

        return url.IsLoopback || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address))
            ? url
            : throw new CommandFailure(ExitCodes.Wrong,
                $"{url.Host} is another machine: listen forwards to this one alone (localhost). For a server make a subscription with "
                + "a url.");
    }

    private static JsonElement? Filter(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException e)
        {
            throw new CommandFailure(
                ExitCodes.Wrong, $"--filter is no JSON ({e.Message}). Write it in single quotes: '{{\"recordingLinked\":true}}'.");
        }
    }

    private static Secret Secret(string? given, Randomness randomness)
    {
        var text = given ?? Environment.GetEnvironmentVariable("SIRO_GATEWAY_LISTEN_SECRET");
        if (string.IsNullOrWhiteSpace(text))
        {
            return SigningSecret.New(randomness);
        }

        var secret = new Secret(text);
        return SigningSecret.IsGoodForSubscribers(secret)
            ? secret
            : throw new CommandFailure(
                ExitCodes.Wrong, "--secret must be whsec_ and 24 to 64 bytes in base64; leave it out and a new one is made.");
    }
}
