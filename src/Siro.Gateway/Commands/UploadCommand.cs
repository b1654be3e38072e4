using System.CommandLine;
using System.Text.Json;
using Siro.Gateway.Common;
using Spectre.Console;

namespace Siro.Gateway.Commands;

/// <summary><c>siro-gateway upload FILE --rep EMAIL ...</c>: uploads a recording through a running gateway, with a progress bar, for people at a terminal.</summary>
internal static class UploadCommand
{
    private const string DefaultGateway = "http://localhost:5000";

    /// <summary>What shells say of Ctrl-C: 128 and the signal's number.</summary>
    private const int Interrupted = 130;

    public static Command Create(Randomness randomness, TimeProvider time)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The recording: .mp3, .aac or .wav, at most 100 MB." };
        var gateway = Text("--gateway", $"The gateway's address. Default: SIRO_GATEWAY_URL, else {DefaultGateway}.");
        var keyFile = new Option<FileInfo?>("--api-key-file") { Description = "A file with the API key. Default: the variable SIRO_GATEWAY_API_KEY. A key on the command line would be seen by others." };
        var actAs = Text("--act-as", "The Siro user (id or email) on whose behalf it is uploaded (Siro-User). Default: the client's.");
        var key = Text("--idempotency-key", "Makes a repeated command find the first one's recording. Default: a new one for each command.");
        var noWait = new Option<bool>("--no-wait") { Description = "Don't wait for the recording: end when the bytes are at Siro's storage." };
        var json = new Option<bool>("--json") { Description = "Print the gateway's answer as JSON and no progress." };
        var crm = new Option<string[]>("--crm") { Description = "A CRM object to link, as Type:Id (Opportunity:006xx); may be repeated. Needs --connection.", AllowMultipleArgumentsPerToken = true };
        (Option<string?> Option, string Field)[] fields =
        [
            (Text("--rep", "The rep's email."), "userEmail"),
            (Text("--rep-id", "The rep's Siro user id: the surest way to name the rep."), "userId"),
            (Text("--rep-phone", "The rep's phone number."), "userPhone"),
            (Text("--title", "The recording's title."), "title"),
            (Text("--date", "When the call began, with its offset: 2026-03-01T14:30:00Z."), "dateCreated"),
            (Text("--conversation-type", "The conversation type that it is analyzed against."), "conversationType"),
            (Text("--connection", "The integration connection's id, for --crm."), "integrationConnectionId"),
            (Text("--customer-name", "The customer's name."), "customerName"),
            (Text("--customer-phone", "The customer's phone number."), "customerPhone"),
            (Text("--discoverable", "Whether the team sees it: true or false."), "discoverable"),
            (Text("--result", "closed, 'not closed' or 'in progress'."), "result"),
        ];

        var command = new Command("upload", "Upload a recording through a running gateway.") { file, gateway, keyFile, actAs, key, noWait, json, crm };
        foreach (var (option, _) in fields)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var ownKey = parsed.GetValue(key) ?? randomness.Id("cli");
            try
            {
                var apiKey = ApiKey(parsed.GetValue(keyFile));
                var upload = new UploadCall(
                    Address(parsed.GetValue(gateway)),
                    apiKey,
                    parsed.GetRequiredValue(file),
                    [.. fields.Select(f => (f.Field, parsed.GetValue(f.Option) ?? "")).Where(f => f.Item2.Length > 0), .. Crm(parsed.GetValue(crm))],
                    parsed.GetValue(actAs),
                    ownKey,
                    parsed.GetValue(noWait),
                    time);
                return await ShowAsync(parsed, upload, parsed.GetValue(json), cancellationToken);
            }
            catch (CommandFailure e)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
                return e.ExitCode;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"Stopped. What had arrived whole becomes a recording all the same: repeat with --idempotency-key {ownKey} and it is never made twice.");
                return Interrupted;
            }
        });
        return command;
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static async Task<int> ShowAsync(ParseResult parsed, UploadCall upload, bool json, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var answer = json || Console.IsOutputRedirected || output != Console.Out
            ? await upload.RunAsync(_ => { }, cancellationToken)
            : await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new SpinnerColumn())
                .StartAsync(async progress =>
                {
                    var bar = progress.AddTask(Markup.Escape(upload.File.Name), maxValue: upload.File.Length);
                    return await upload.RunAsync(
                        sent =>
                        {
                            bar.Value = sent;
                            bar.Description = Markup.Escape(upload.File.Name) + (sent >= upload.File.Length ? " (Siro is taking it)" : "");
                        },
                        cancellationToken);
                });
        if (json)
        {
            await output.WriteLineAsync(answer.GetRawText());
            return 0;
        }

        await output.WriteLineAsync(answer.TryGetProperty("recordingId", out var recording)
            ? $"Recording {recording} was created (upload {answer.GetProperty("id")})."
            : $"The bytes are at Siro's storage (upload {answer.GetProperty("id")}); the gateway creates the recording.");
        foreach (var warning in answer.TryGetProperty("warnings", out var warnings) ? warnings.EnumerateArray() : default)
        {
            await output.WriteLineAsync("Note: " + warning.GetProperty("message").GetString());
        }

        return 0;
    }

    private static IEnumerable<(string, string)> Crm(string[]? objects)
    {
        if (objects is not { Length: > 0 })
        {
            yield break;
        }

        yield return ("crmObjects", JsonSerializer.Serialize(objects.Select(o => o.Split(':', 2) is [var type, { Length: > 0 } id]
            ? new { objectType = type, objectId = id }
            : throw new CommandFailure(1, $"--crm {o}: write it as Type:Id, for example Opportunity:006xx0000001"))));
    }

    private static Uri Address(string? option)
    {
        var text = option ?? Environment.GetEnvironmentVariable("SIRO_GATEWAY_URL") ?? DefaultGateway;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new Uri(text.TrimEnd('/') + "/")
            : throw new CommandFailure(1, $"{text} is no http or https address.");
    }

    private static Secret ApiKey(FileInfo? file)
    {
        try
        {
            var key = new Secret(file is null ? Environment.GetEnvironmentVariable("SIRO_GATEWAY_API_KEY") ?? "" : File.ReadAllText(file.FullName));
            return key.IsEmpty ? throw new CommandFailure(1, "There is no API key: set SIRO_GATEWAY_API_KEY or give --api-key-file.") : key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(1, $"{file} can't be read: {e.Message}");
        }
    }
}
