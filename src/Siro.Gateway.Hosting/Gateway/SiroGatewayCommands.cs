using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>What the dashboard offers beside the gateway.</summary>
internal static class SiroGatewayCommands
{
    public const string SendTestEvent = "send-test-event";
    public const string OpenConsole = "open-console";
    public const string CreateApiKey = "create-api-key";

    public static void Add(IResourceBuilder<SiroGatewayResource> resource)
    {
        var gateway = resource.Resource;
        resource
            .WithCommand(OpenConsole, "Open the console", _ => Task.FromResult(Console(gateway)), new CommandOptions
            {
                Description = "Shows the address of the gateway's own page.",
                IconName = "WindowConsole",
                IsHighlighted = true,
                UpdateState = WhenHealthy,
            })
            .WithCommand(SendTestEvent, "Send a test event", context => SendAsync(gateway, context), new CommandOptions
            {
                Description = "The emulator sends a signed event of Siro's to the gateway, about a recording that does not exist.",
                IconName = "Send",
                IsHighlighted = true,
                UpdateState = context => gateway.Emulator is null ? ResourceCommandState.Hidden : WhenHealthy(context),
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = "type",
                        Label = "Event type",
                        InputType = InputType.Choice,
                        Options = [.. EmulatorControl.EventTypes.Select(t => KeyValuePair.Create(t, t))],
                        Value = EmulatorControl.EventTypes[0],
                    },
                ],
            })
            .WithCommand(CreateApiKey, "Make an API key", context => MakeKeyAsync(gateway, context), new CommandOptions
            {
                Description = "A further key of a client, valid until the AppHost ends.",
                IconName = "Key",
                UpdateState = WhenHealthy,
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = "client",
                        Label = "Client",
                        InputType = InputType.Text,
                        Required = true,
                        Placeholder = "The name of one of the gateway's clients",
                    },
                ],
            });
    }

    private static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static ExecuteCommandResult Console(SiroGatewayResource gateway)
    {
        var address = new Uri(new Uri(gateway.Http.Url), "/console");
        return CommandResults.Success(
            "The console is ready.", $"[{address}]({address})", CommandResultFormat.Markdown, displayImmediately: true);
    }

    private static async Task<ExecuteCommandResult> SendAsync(SiroGatewayResource gateway, ExecuteCommandContext context)
    {
        if (gateway.Emulator is not { } emulator)
        {
            return CommandResults.Failure("Only the emulator sends test events. Add WithSiro(emulator).");
        }

        var type = Text(context, "type") ?? EmulatorControl.EventTypes[0];
        if (!EmulatorControl.EventTypes.Contains(type, StringComparer.Ordinal))
        {
            return CommandResults.Failure($"Siro has no event '{type}'. Choose {string.Join(" or ", EmulatorControl.EventTypes)}.");
        }

        try
        {
            var recording = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
            var id = await EmulatorControl.SendEventAsync(emulator, type, recording, context.CancellationToken).ConfigureAwait(false);
            return CommandResults.Success($"Siro's emulator sends {id} ({type}, recording {recording}).", id, CommandResultFormat.Text);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            return CommandResults.Failure($"The emulator '{emulator.Name}' did not take the event: {e.Message} Start it and try again.");
        }
    }

    private static async Task<ExecuteCommandResult> MakeKeyAsync(SiroGatewayResource gateway, ExecuteCommandContext context)
    {
        var client = Text(context, "client");
        var known = gateway.Clients.Find(c => c.Name == client);
        if (known is null)
        {
            return CommandResults.Failure(
                $"There is no client '{client}'. Choose {string.Join(", ", gateway.Clients.Select(c => c.Name))}.");
        }

        // The first hash stands in the environment; each further one is a file of its own, which the gateway reads without a restart.
        var key = GeneratedSecret.Text("sgw_");
        var name = string.Create(CultureInfo.InvariantCulture, $"Clients__{known.Name}__ApiKeyHashes__{known.NextKey()}");
        var file = Path.Combine(gateway.Folder!.Keys, name);
        await File.WriteAllTextAsync(file, GeneratedSecret.ApiKeyHash(key), context.CancellationToken).ConfigureAwait(false);
        return CommandResults.Success(
            $"A key of '{known.Name}', shown this once. The gateway takes it within seconds.",
            key,
            CommandResultFormat.Text,
            displayImmediately: true);
    }

    private static string? Text(ExecuteCommandContext context, string name) =>
        context.Arguments.ContainsName(name) && context.Arguments.GetString(name) is { Length: > 0 } text ? text : null;
}
