using System.CommandLine;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Uploads;

/// <summary>
/// <c>siro-gateway upload FILES --rep EMAIL ...</c>: uploads recordings through a running gateway, with a progress bar each, for people at
/// a terminal.
/// </summary>
internal static class UploadCommand
{
    public static Command Create(Randomness randomness, TimeProvider time)
    {
        var files = new Argument<string[]>("FILES")
        {
            Description = "Recordings (.mp3, .aac, .wav, at most 100 MB each), or folders with such files.",
            Arity = ArgumentArity.OneOrMore,
        };
        var actAs = Text("--act-as", "The Siro user (id or email) on whose behalf it is uploaded (Siro-User). Default: the client's.");
        var key =
            Text("--idempotency-key",
            "Makes a repeated command find the first one's recording; of several files each has its own from it. Default: a new one "
            + "for each command.");
        var parallel = new Option<int>("--parallel") { Description = "How many files at a time, 1 to 8.", DefaultValueFactory = _ => 2 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 8)
            {
                result.AddError("--parallel must be 1 to 8.");
            }
        });
        var noWait = new Option<bool>(
            "--no-wait") { Description = "Don't wait for the recording: end when the bytes are at Siro's storage." };
        var json = new Option<bool>(
            "--json") { Description = "Print the gateway's answer as JSON and no progress; of several files one object a line." };
        var crm =
            new Option<string[]>("--crm") { Description =
            "A CRM object to link, as Type:Id (Opportunity:006xx); may be repeated. Needs --connection.",
            AllowMultipleArgumentsPerToken = true };
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

        var command = new Command("upload", "Upload recordings through a running gateway: one file, several, or folders.") { files, actAs,
            key, parallel, noWait, json, crm };
        var gateway = new GatewayOptions().AddTo(command);
        foreach (var (option, _) in fields)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var ownKey = parsed.GetValue(key) ?? randomness.Id("cli");
            return await CommandRun.GuardAsync(
                parsed,
                async () =>
                {
                    var found = UploadFiles.Find(parsed.GetRequiredValue(files));
                    var address = gateway.Address(parsed);
                    var apiKey = gateway.ApiKey(parsed);
                    (string, string)[] metadata =
                        [.. fields.Select(f => (f.Field, parsed.GetValue(f.Option) ?? "")).Where(f => f.Item2.Length > 0),
                        .. Crm(parsed.GetValue(crm))];
                    var batch = new UploadBatch(
                        [.. found.Select(f => new UploadCall(address, apiKey, f, metadata, parsed.GetValue(actAs),
                            UploadFiles.Key(ownKey, f, found.Count), parsed.GetValue(noWait), time))],
                        parsed.GetValue(parallel));
                    try
                    {
                        return parsed.GetValue(json) ? await batch.JsonAsync(parsed.InvocationConfiguration, cancellationToken)
                            : parsed.IsInteractive()
                                ? await batch.ShowAsync(parsed.Screen(), parsed.InvocationConfiguration, cancellationToken)
                            : await batch.PlainAsync(parsed.InvocationConfiguration, cancellationToken);
                    }
                    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                    {
                        throw new CommandFailure(
                            ExitCodes.Interrupted,
                            "Stopped. What had arrived whole becomes a recording all the same: repeat with --idempotency-key "
                                + $"{ownKey} and it is never made twice.");
                    }
                },
                cancellationToken);
        });
        return command;
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

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
}
