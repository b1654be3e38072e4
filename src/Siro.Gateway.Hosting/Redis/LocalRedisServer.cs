using Microsoft.Extensions.Configuration;

namespace Siro.Gateway.Hosting;

/// <summary>A server that speaks Redis's protocol and needs no container: redis-server, else Garnet.</summary>
/// <param name="Command">What to start.</param>
/// <param name="Arguments">Without the port.</param>
internal sealed record LocalRedisServer(string Command, IReadOnlyList<string> Arguments)
{
    // Memory alone: a trial's state may end with it.
    private static readonly string[] RedisArguments = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    private static readonly string[] GarnetArguments =
        ["--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "256m", "--index", "16m"];

    /// <summary>
    /// The setting <c>Siro:Programs:Redis</c> (a redis-server, or Garnet's .dll), else redis-server or garnet-server on the PATH, else the
    /// GarnetServer.dll that the AppHost's project names as assembly metadata <c>Siro.Programs.Redis</c>.
    /// </summary>
    public static LocalRedisServer? Find(IDistributedApplicationBuilder builder)
    {
        var named = builder.Configuration["Siro:Programs:Redis"] ?? OnPath("redis-server") ?? OnPath("garnet-server")
            ?? HostedProgram.Known(builder, "Redis");
        if (named is null)
        {
            return null;
        }

        return Path.GetExtension(named) == ".dll" ? new("dotnet", [named, .. GarnetArguments])
            : Path.GetFileName(named).Contains("garnet", StringComparison.OrdinalIgnoreCase) ? new(named, GarnetArguments)
            : new(named, RedisArguments);
    }

    private static string? OnPath(string program)
    {
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
    }
}
