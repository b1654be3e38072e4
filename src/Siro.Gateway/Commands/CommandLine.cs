using System.CommandLine;

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
        var root = CommandsFeature.Create();
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
}
