using System.CommandLine;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Commands;

/// <summary>A command ends here: what the operator is told, and the exit code.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
internal class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Runs a command's work and turns every expected failure into a line on the error stream and an exit code.</summary>
internal static class CommandRun
{
    public static async Task<int> RunAsync(
        ParseResult parsed, Func<IServiceProvider, TextWriter, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            await using var host = CommandHost.Build();
            await work(host, parsed.InvocationConfiguration.Output, cancellationToken);
            return 0;
        }
        catch (CommandFailure e)
        {
            await error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (InvalidConfigurationException e)
        {
            await error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>The same for work that needs no host: it answers with its exit code.</summary>
    public static async Task<int> GuardAsync(ParseResult parsed, Func<Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (CommandFailure e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("Stopped.");
            return ExitCodes.Interrupted;
        }
    }

    /// <summary>What Siro's refusal means for the operator of this organization.</summary>
    public static CommandFailure Of(Problem problem, OrganizationKey organization)
    {
        var siro = problem.Extensions?.GetValueOrDefault("siroError") is { } said ? $" Siro says: {said}" : "";
        return problem.Code switch
        {
            "siro_unauthorized" =>
                new CommandFailure(2, $"Siro refused the organization token of {organization} (401): check "
                    + $"Siro:Organizations:{organization}:OrganizationToken (or :ClientCredentials).{siro}"),
            "siro_forbidden" =>
                new CommandFailure(2, $"Siro does not allow this for the organization token of {organization} (403).{siro}"),
            "siro_unreachable" or "siro_broken_answer" or "siro_error" or "siro_answer_unreadable" or "siro_throttled" =>
                new CommandFailure(3, problem.Detail + siro),
            _ => new CommandFailure(2, problem.Detail + siro),
        };
    }
}
