using System.CommandLine;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ClientPackage;

/// <summary><c>client</c>: what the client package adds to a read and to a delivery.</summary>
internal static class ClientCommand
{
    private const int DefaultRounds = 7;

    public static Command Create(IAnsiConsole console)
    {
        var rounds = new Option<int>(
            "--rounds") { Description = "Rounds; in each, every contender has one turn.", DefaultValueFactory = _ => DefaultRounds };
        var command =
            new Command("client",
            "The client package beside HttpClient with System.Text.Json, and beside an endpoint that verifies nothing.") { rounds };
        command.SetAction(async (arguments, _) =>
        {
            await new ReadRun(arguments.GetValue(rounds), console).RunAsync();
            await new EventsRun(arguments.GetValue(rounds), console).RunAsync();
            return 0;
        });
        return command;
    }
}
