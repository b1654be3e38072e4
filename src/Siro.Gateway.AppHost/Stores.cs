using System.ComponentModel;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Siro.Gateway.AppHost;

/// <summary>Where the Redis comes from.</summary>
internal static class Stores
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A container where an engine runs, else redis-server, else Garnet from its package. The setting <c>Store</c> (<c>container</c> or
    /// <c>local</c>) decides without a look.
    /// </summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddRedisOrLocal(
        this IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration["Store"] switch
        {
            "container" => builder.AddRedis(name),
            "local" => builder.AddLocalRedis(name),
            null => EngineRuns() || !builder.ExecutionContext.IsRunMode ? builder.AddRedis(name) : builder.AddLocalRedis(name),
            var other => throw new DistributedApplicationException($"The setting Store is '{other}'. Use container or local."),
        };

    private static bool EngineRuns() => new[] { "docker", "podman" }.Any(Runs);

    private static bool Runs(string engine)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(engine, ["info"]) 
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(TimeLimit))
            {
                return process.ExitCode == 0;
            }

            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            // It is not installed.
            return false;
        }
    }
}
