using System.CommandLine;

namespace Siro.Gateway.Commands.Completion;

/// <summary>
/// <c>siro-gateway completion bash|zsh|pwsh</c>: prints the shell's script. The script asks the program itself for every word, so that it
/// is right for whichever version is installed.
/// </summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "pwsh"];

    public static Command Create(Command root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong(Shells);
        var completion = new Command("completion", "Print the script that completes commands and options in a shell.") { shell };
        completion.SetAction(async (parsed, _) =>
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(Script(parsed.GetRequiredValue(shell)));
            return ExitCodes.Done;
        });

        var position = new Option<int>("--position") { Description = "Where the cursor stands, in characters." };
        var line = new Argument<string>("LINE") { Description = "The line so far, with the program's name." };
        var suggest = new Command("suggest", "What a script asks: the words that may stand at the cursor, one a line.") { position, line };
        suggest.Hidden = true;
        suggest.SetAction(async (parsed, _) =>
        {
            foreach (var word in Suggestions(root, parsed.GetRequiredValue(line), parsed.GetValue(position)))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(word);
            }

            return ExitCodes.Done;
        });
        completion.Subcommands.Add(suggest);
        return completion;
    }

    /// <summary>The words that may stand at the cursor. Whatever path the program was called by, its name is the root's.</summary>
    internal static IEnumerable<string> Suggestions(Command root, string line, int position)
    {
        var end = line.IndexOf(' ', StringComparison.Ordinal);
        if (end < 0)
        {
            return [];
        }

        var own = CommandLine.Name + line[end..];
        var cursor = Math.Clamp(position + own.Length - line.Length, CommandLine.Name.Length, own.Length);
        return root.Parse(own[..cursor]).GetCompletions(cursor)
            .Select(c => c.InsertText ?? c.Label)
            .Where(w => w is not ("-?" or "-h" or "/?" or "/h"))
            .Distinct(StringComparer.Ordinal);
    }

    private static string Script(string shell)
    {
        using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream(typeof(CompletionCommand), $"{shell}.txt")
            ?? throw new InvalidOperationException($"The script for {shell} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
