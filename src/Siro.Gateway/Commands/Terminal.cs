using System.CommandLine;
using Spectre.Console;

namespace Siro.Gateway.Commands;

/// <summary>Where a command prints: with colours for a person at a terminal, without in a file, a pipe, or where NO_COLOR is set.</summary>
internal static class Terminal
{
    /// <summary>The width of tables in files and pipes: the same whoever asked.</summary>
    private const int PlainWidth = 160;

    /// <summary>True when a person looks: progress bars and colours make sense.</summary>
    public static bool IsInteractive(this ParseResult parsed) =>
        parsed.InvocationConfiguration.Output == Console.Out && !Console.IsOutputRedirected;

    /// <summary>A console over the command's own output.</summary>
    public static IAnsiConsole Screen(this ParseResult parsed)
    {
        var interactive = parsed.IsInteractive();
        var colours = interactive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(parsed.InvocationConfiguration.Output),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!interactive)
        {
            console.Profile.Width = PlainWidth;
        }

        return console;
    }
}
