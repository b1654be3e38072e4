using System.CommandLine;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Gateway;

/// <summary>The options of every command that calls a running gateway: where it is, and who asks.</summary>
internal sealed class GatewayOptions
{
    private const string DefaultAddress = "http://localhost:5000";
    private const string AddressVariable = "SIRO_GATEWAY_URL";
    private const string KeyVariable = "SIRO_GATEWAY_API_KEY";

    private readonly Option<string?> _gateway = new(
        "--gateway") { Description = $"The gateway's address. Default: {AddressVariable}, else {DefaultAddress}." };
    private readonly Option<FileInfo?> _keyFile = new("--api-key-file")
    {
        Description = $"A file with the API key. Default: the variable {KeyVariable}. A key on the command line would be seen by others.",
    };

    /// <summary>Makes them options of this command.</summary>
    public GatewayOptions AddTo(Command command)
    {
        command.Options.Add(_gateway);
        command.Options.Add(_keyFile);
        return this;
    }

    /// <summary>The address, ending in a slash. Throws <see cref="CommandFailure"/>.</summary>
    public Uri Address(ParseResult parsed)
    {
        var text = parsed.GetValue(_gateway) ?? Environment.GetEnvironmentVariable(AddressVariable) ?? DefaultAddress;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new Uri(text.TrimEnd('/') + "/")
            : throw new CommandFailure(ExitCodes.Wrong, $"{text} is no http or https address.");
    }

    /// <summary>The API key. Throws <see cref="CommandFailure"/>.</summary>
    public Secret ApiKey(ParseResult parsed)
    {
        var file = parsed.GetValue(_keyFile);
        try
        {
            var key = new Secret(file is null ? Environment.GetEnvironmentVariable(KeyVariable) ?? "" : File.ReadAllText(file.FullName));
            return key.IsEmpty
                ? throw new CommandFailure(ExitCodes.Wrong, $"There is no API key: set {KeyVariable} or give --api-key-file.")
                : GatewayApi.IsHeader(key.Reveal()) ? key
                : throw new CommandFailure(ExitCodes.Wrong, "The API key must be one line of ASCII characters: it is sent as a header.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCodes.Wrong, $"{file} can't be read: {e.Message}");
        }
    }

    /// <summary>A connection to it. Throws <see cref="CommandFailure"/>.</summary>
    public GatewayApi Connect(ParseResult parsed) => new(Address(parsed), ApiKey(parsed));
}
