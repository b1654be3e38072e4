using System.CommandLine;
using System.CommandLine.Help;
using Siro.Gateway.Commands.Completion;
using Siro.Gateway.Commands.Doctor;
using Siro.Gateway.Commands.Events;
using Siro.Gateway.Commands.Listen;
using Siro.Gateway.Commands.Uploads;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>The commands, in the order in which the help lists them.</summary>
internal static class CommandsFeature
{
    public static Command Create()
    {
        var root =
            new Command(CommandLine.Name,
            "Siro.Gateway: one authenticated gateway between a company's applications and Siro. Without a command it serves.")
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
