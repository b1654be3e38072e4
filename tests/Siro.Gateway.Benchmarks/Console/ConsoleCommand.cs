using System.CommandLine;
using Siro.Gateway.Benchmarks.Hosting;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary><c>console</c>: the console over a full store.</summary>
internal static class ConsoleCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var events = Number("--events", "Events in the log.", 1_000_000);
        var subscriptions = Number("--subscriptions", "Subscriptions, each with its share of the dead letters.", 100);
        var dead = Number("--dead", "Dead letters.", 10_000);
        var tabs = Number("--tabs", "Open pages while the proxied path is measured.", 10);
        var rounds = Number("--rounds", "Turns with and without open pages.", 6);
        var command = new Command("console", "Finding, listing and watching over a store with a million events.") { events, subscriptions,
            dead, tabs, rounds };
        command.SetAction(async (arguments, _) =>
        {
            try
            {
                return await new ConsoleRun(
                    new ConsoleOptions(arguments.GetValue(events), arguments.GetValue(subscriptions), arguments.GetValue(dead),
                        arguments.GetValue(tabs), arguments.GetValue(rounds)), console).RunAsync();
            }
            catch (BenchmarkException e)
            {
                console.MarkupLineInterpolated($"[red]{e.Message}[/]");
                return 1;
            }
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}

/// <param name="Dead">Dead letters, spread over the subscriptions.</param>
/// <param name="Tabs">Open pages.</param>
/// <param name="Rounds">Turns with and without them.</param>
internal sealed record ConsoleOptions(int Events, int Subscriptions, int Dead, int Tabs, int Rounds);
