using Microsoft.Extensions.Configuration;

namespace Siro.Gateway.Hosting;

/// <summary>A server that speaks Redis's protocol and needs no container: redis-server, else Garnet.</summary>
/// <param name="Command">What to start.</param>
/// <param name="Arguments">Without the port.</param>
internal sealed record LocalRedisServer(string Command, IReadOnlyList<string> Arguments)
{
    private const string Setting = "Siro:Programs:Redis";

    // Memory alone: a trial's state may end with it.
    private static readonly string[] RedisArguments = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];

    // Of Garnet's threads there have to be more than connections: docs/redis.md.
    private static readonly string[] GarnetArguments =
        ["--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "256m", "--index", "16m", "--minthreads", "256"];

    /// <summary>
    /// The setting <c>Siro:Programs:Redis</c> (a redis-server, or Garnet's .dll), else redis-server or garnet-server on the PATH, else the
    /// GarnetServer.dll that the AppHost's project names as assembly metadata <c>Siro.Programs.Redis</c>.
    /// </summary>
    public static LocalRedisServer? Find(IDistributedApplicationBuilder builder) =>
        Find(builder, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <inheritdoc cref="Find(IDistributedApplicationBuilder)"/>
    internal static LocalRedisServer? Find(IDistributedApplicationBuilder builder, string path)
    {
        if (builder.Configuration[Setting] is { Length: > 0 } configured)
        {
            var file = Path.GetFullPath(configured, builder.AppHostDirectory);
            return File.Exists(file) ? Of(file)
                : OnPath(configured, path) is { } found ? Of(found)
                : throw new DistributedApplicationException(
                    $"The setting {Setting} names {configured}, which is neither a file nor a program on the PATH. Correct it or "
                        + "take it out.");
        }

        // What the project names may be gone: a package that was never restored on this machine.
        var known = HostedProgram.Known(builder, "Redis") is { } named && File.Exists(named) ? named : null;
        return (OnPath("redis-server", path) ?? OnPath("garnet-server", path) ?? known) is { } server ? Of(server) : null;
    }

    private static LocalRedisServer Of(string named) =>
        Path.GetExtension(named) == ".dll" ? new("dotnet", [named, .. GarnetArguments])
        : Path.GetFileName(named).Contains("garnet", StringComparison.OrdinalIgnoreCase) ? new(named, GarnetArguments)
        : new(named, RedisArguments);

    private static string? OnPath(string program, string path)
    {
        var file = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? program + ".exe" : program;
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
    }
}
