using System.CommandLine;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Budget;

/// <summary><c>budget</c>: what the budget adds to a call, and what it asks of Redis.</summary>
internal static class BudgetCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("budget", "What the budget adds to a call, and the Redis scripts it costs.");
        command.SetAction((_, _) => new BudgetRun(console).RunAsync());
        return command;
    }
}
