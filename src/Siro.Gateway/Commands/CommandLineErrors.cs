using System.CommandLine;
using System.CommandLine.Parsing;

namespace Siro.Gateway.Commands;

/// <summary>
/// What is wrong with a command line, in the operator's words, each with the right word beside the wrong one. The parser alone takes a
/// misspelt option for a value: <c>upload --titel x</c> would look for a file of that name.
/// </summary>
internal static class CommandLineErrors
{
    /// <summary>Every error, and where the help stands; none for a command line that can be run.</summary>
    public static IReadOnlyList<string> Of(string[] args, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed.CommandResult);
        var options = Options(parsed.CommandResult);
        var errors = new List<string>();
        foreach (var name in args.TakeWhile(a => a != "--").Where(IsOption).Select(a => a.Split('=', ':')[0]).Where(
            n => !options.Contains(n, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal))
        {
            errors.Add($"'{path}' has no option {name}.{(Nearest(name, options) is { } meant ? $" Did you mean {meant}?" : "")}");
        }

        if (errors.Count == 0)
        {
            errors.AddRange(Parser(parsed, command, path));
        }

        if (errors.Count > 0)
        {
            errors.Add($"See '{path} --help'.");
        }

        return errors;
    }

    private static IEnumerable<string> Parser(ParseResult parsed, Command command, string path)
    {
        if (command.Subcommands.Any(c => !c.Hidden) && parsed.UnmatchedTokens is [var word, ..])
        {
            var commands = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToArray();
            return [$"'{path}' has no command '{word}'. "
                + $"{(Nearest(word, commands) is { } meant ? $"Did you mean '{meant}'?" : $"There is: {string.Join(", ", commands)}.")}"];
        }

        if (command.Action is null && command.Subcommands.Count > 0 && parsed.Errors.Count > 0)
        {
            return [$"'{path}' needs a command: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}."];
        }

        return parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal);
    }

    /// <summary>An option's name; not a number below zero, and not the hyphen that stands for standard input.</summary>
    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]);

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : result.Command.Name;

    private static List<string> Options(CommandResult result)
    {
        var names = new List<string>();
        for (var at = result; at is not null; at = at.Parent as CommandResult)
        {
            names.AddRange(at.Command.Options.Where(o => at == result || o.Recursive).SelectMany(o => o.Aliases.Prepend(o.Name)));
        }

        return names;
    }

    /// <summary>
    /// The word that was most likely meant: the nearest of which at most a third is different, else one that begins alike.
    /// </summary>
    internal static string? Nearest(string word, IEnumerable<string> words)
    {
        var plain = word.TrimStart('-');
        return words
            .Select(w => (Word: w, Plain: w.TrimStart('-')))
            .Where(w => w.Plain.Length > 1)
            .Select(w => (
                w.Word, Distance: Distance(plain, w.Plain), Most: Math.Max(1, w.Plain.Length / 3), BeginsAlike: BeginAlike(plain, w.Plain)))
            .Where(w => w.Distance <= w.Most || w.BeginsAlike)
            .OrderBy(w => w.Distance > w.Most)
            .ThenBy(w => w.Distance)
            .Select(w => w.Word)
            .FirstOrDefault();
    }

    private static bool BeginAlike(string one, string other) =>
        one.StartsWith(other, StringComparison.OrdinalIgnoreCase) || other.StartsWith(one, StringComparison.OrdinalIgnoreCase);

    /// <summary>Letters to put in, take out, change or swap with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
