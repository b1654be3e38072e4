using Spectre.Console;

namespace Siro.Gateway.Benchmarks;

/// <summary>The console, or a file of plain text wide enough for the tables.</summary>
internal static class Output
{
    private const int WideEnough = 150;

    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = WideEnough;
        }

        return console;
    }
}
