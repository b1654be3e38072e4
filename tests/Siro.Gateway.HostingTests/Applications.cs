namespace Siro.Gateway.HostingTests;

/// <summary>Applications that are built and looked at, and not run.</summary>
internal static class Applications
{
    /// <summary>With the programs that the repository's AppHost knows, without a dashboard.</summary>
    public static IDistributedApplicationBuilder Create(params string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { Args = args, DisableDashboard = true, AssemblyName = "Siro.Gateway.AppHost" });
        builder.Configuration["ConnectionStrings:redis"] = "localhost:1";
        return builder;
    }
}
