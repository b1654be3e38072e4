using System.CommandLine;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>
/// <c>siro-gateway api-key create NAME</c>: makes a key, shows it this once, and says what to put into the configuration.
/// </summary>
internal static class ApiKeyCommand
{
    public static Command Create(Randomness randomness)
    {
        var name = new Argument<string>("NAME") { Description = "The client's name: Clients:{NAME} in the configuration." };
        name.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: > 0 and <= 64 } value
                || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                result.AddError("NAME must be 1 to 64 letters, digits, '-', '_' or '.'.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var create = new Command(
            "create", "Make an API key for a client. The key is shown this once; the gateway keeps only its hash.") { name, json };
        create.SetAction(parsed =>
        {
            Print(parsed.InvocationConfiguration.Output, parsed.GetRequiredValue(name), ApiKey.Create(randomness), parsed.GetValue(json));
            return 0;
        });
        return new Command("api-key", "API keys of clients.") { create };
    }

    private static void Print(TextWriter output, string name, Secret key, bool json)
    {
        var hash = ApiKey.Hash(key);
        var setting = $"Clients:{name}:ApiKeyHashes:0";
        var variable = setting.Replace(":", "__", StringComparison.Ordinal);
        if (json)
        {
            output.WriteLine(
                JsonSerializer.Serialize(new { client = name, apiKey = key.Reveal(), hash, setting, environment = $"{variable}={hash}" }));
            return;
        }

        output.WriteLine($"The API key of '{name}', shown this once (send it as X-Api-Key):");
        output.WriteLine();
        output.WriteLine($"  {key.Reveal()}");
        output.WriteLine();
        output.WriteLine("Its hash, for gateway.json:");
        output.WriteLine();
        output.WriteLine($"  \"Clients\": {{ \"{name}\": {{ \"ApiKeyHashes\": [ \"{hash}\" ] }} }}");
        output.WriteLine();
        output.WriteLine("or as an environment variable:");
        output.WriteLine();
        output.WriteLine($"  {variable}={hash}");
        output.WriteLine();
        output.WriteLine("A client may have several hashes: add the new one, let the application change over, take the old one out.");
    }
}
