using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Siro.Gateway.Hosting;

/// <summary>
/// A program of the package's, or one that the AppHost names instead: what to start, where and with which first arguments.
/// </summary>
internal sealed class HostedProgram
{
    private readonly string[] _arguments;

    private HostedProgram(string command, string workingDirectory, params string[] arguments)
    {
        Command = command;
        WorkingDirectory = workingDirectory;
        _arguments = arguments;
    }

    /// <summary>While publishing nothing is started.</summary>
    public static HostedProgram None { get; } = new("none", "");

    public string Command { get; }

    public string WorkingDirectory { get; }

    public void AddArguments(IList<object> args)
    {
        foreach (var argument in _arguments)
        {
            args.Add(argument);
        }
    }

    /// <summary>
    /// The program: the given path, else the AppHost's setting <c>Siro:Programs:{what}</c>, else the package's own (its targets file
    /// writes the path into the AppHost's assembly).
    /// </summary>
    public static HostedProgram Find(IDistributedApplicationBuilder builder, string what, string? given)
    {
        var path = given
            ?? builder.Configuration[$"Siro:Programs:{what}"]
            ?? Known(builder, what)
            ?? throw new DistributedApplicationException(
                $"There is no program for Siro's {what.ToLowerInvariant()}. "
                + "Reference the package Siro.Gateway.Hosting from the AppHost's own project, "
                + $"or name a .dll, a .csproj or an executable by the argument 'program' or the setting Siro:Programs:{what}.");
        path = Path.GetFullPath(path, builder.AppHostDirectory);
        if (builder.ExecutionContext.IsRunMode && !File.Exists(path))
        {
            throw new DistributedApplicationException(
                $"Siro's {what.ToLowerInvariant()} is not at {path}. Build it first, or name another program.");
        }

        var directory = Path.GetDirectoryName(path)!;
        return Path.GetExtension(path) switch
        {
            ".dll" => new("dotnet", directory, path),
            ".csproj" => new("dotnet", directory, "run", "--project", path, "--no-launch-profile", "--"),
            _ => new(path, directory),
        };
    }

    /// <summary>The path that the AppHost's project names as assembly metadata <c>Siro.Programs.{what}</c>.</summary>
    public static string? Known(IDistributedApplicationBuilder builder, string what) =>
        builder.AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(a => a.Key == $"Siro.Programs.{what}")?.Value;
}
