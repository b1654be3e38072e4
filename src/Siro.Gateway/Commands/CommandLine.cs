using System.CommandLine;
using Siro.Gateway.Commands.Doctor;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>The gateway's command line: <c>siro-gateway COMMAND ...</c>; without a command it serves.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command and answers with its exit code.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Siro.Gateway: one authenticated gateway between a company's applications and Siro. Without a command it serves.");
        root.Subcommands.Add(OAuthAppCommand.Create());
        root.Subcommands.Add(TokenCommand.Create());
        root.Subcommands.Add(ApiKeyCommand.Create(new Randomness()));
        root.Subcommands.Add(UploadCommand.Create(new Randomness(), TimeProvider.System));
        root.Subcommands.Add(HealthCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        return root.Parse(args).InvokeAsync();
    }
}
