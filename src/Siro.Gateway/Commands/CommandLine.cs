using System.CommandLine;
using System.CommandLine.Help;
using Siro.Gateway.Commands.Completion;
using Siro.Gateway.Commands.Doctor;
using Siro.Gateway.Commands.Events;
using Siro.Gateway.Commands.Listen;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>The gateway's command line: <c>siro-gateway COMMAND ...</c>; without a command it serves.</summary>
internal static class CommandLine
{
    /// <summary>What everybody types, whatever the file is called.</summary>
    public const string Name = "siro-gateway";

    /// <summary>Ctrl-C leaves a command the time to take back what it made.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(15);

    /// <summary>Runs one command and answers with its exit code.</summary>
    public static Task<int> RunAsync(string[] args) => RunAsync(args, new InvocationConfiguration { ProcessTerminationTimeout = Farewell });

    internal static async Task<int> RunAsync(string[] args, InvocationConfiguration invocation)
    {
        var root = Create();
        var parsed = root.Parse(args);
        if (CommandLineErrors.Of(args, parsed) is not { Count: > 0 } errors)
        {
            return await parsed.InvokeAsync(invocation);
        }

        foreach (var error in errors)
        {
            await invocation.Error.WriteLineAsync(error);
        }

        return ExitCodes.Wrong;
    }

    internal static Command Create()
    {
        var root = new Command(Name, "Siro.Gateway: one authenticated gateway between a company's applications and Siro. Without a command it serves.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
        };
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(HealthCommand.Create());
        root.Subcommands.Add(ListenCommand.Create(new Randomness(), TimeProvider.System));
        root.Subcommands.Add(UploadCommand.Create(new Randomness(), TimeProvider.System));
        root.Subcommands.Add(EventsCommand.Create(TimeProvider.System));
        root.Subcommands.Add(ReplayCommand.Create(TimeProvider.System));
        root.Subcommands.Add(ApiKeyCommand.Create(new Randomness()));
        root.Subcommands.Add(TokenCommand.Create());
        root.Subcommands.Add(OAuthAppCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create(root));
        return root;
    }
}
