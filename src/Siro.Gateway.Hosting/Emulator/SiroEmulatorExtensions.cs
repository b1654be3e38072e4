using Aspire.Hosting.ApplicationModel;
using Siro.Gateway.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds an emulator of Siro to an Aspire application.</summary>
public static class SiroEmulatorExtensions
{
    /// <summary>
    /// Adds Siro's emulator. It comes with the package and needs nothing but the .NET 10 runtime. It is for development:
    /// it runs with the AppHost and is left out when the application is published.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="port">The port on this machine; a free one when null.</param>
    /// <param name="program">Another emulator: a .dll, a .csproj or an executable. Default: the one in the package.</param>
    public static IResourceBuilder<SiroEmulatorResource> AddSiroEmulator(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? port = null, string? program = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var hosted = builder.ExecutionContext.IsRunMode ? HostedProgram.Find(builder, "Emulator", program) : HostedProgram.None;
        var token = builder.AddGeneratedSecret($"{name}-organization-token", static () => GeneratedSecret.Text("siroorg_"));
        var secret = builder.AddGeneratedSecret($"{name}-client-secret", static () => GeneratedSecret.Text("sirosecret_"));
        var emulator = new SiroEmulatorResource(name, hosted, token.Resource, secret.Resource);
        return builder.AddResource(emulator)
            .WithHttpEndpoint(port: port, name: "http")
            .WithArgs(context =>
            {
                hosted.AddArguments(context.Args);
                AddArguments(emulator, context.Args);
            })
            .WithEnvironment("SIRO_EMULATOR_ORGANIZATION-TOKEN", token)
            .WithEnvironment("SIRO_EMULATOR_CLIENT-SECRET", secret)
            .WithHttpHealthCheck("/_emulator/")
            .WithUrlForEndpoint("http", url => url.Url = "/_emulator/")
            .WithIconName("PlugDisconnected")
            .ExcludeFromManifest();
    }

    private static void AddArguments(SiroEmulatorResource emulator, IList<object> args)
    {
        args.Add("--urls");
        args.Add(ReferenceExpression.Create($"http://127.0.0.1:{emulator.Http.Property(EndpointProperty.TargetPort)}"));
        args.Add("--organization-id");
        args.Add(emulator.OrganizationId);
        args.Add("--client-id");
        args.Add(emulator.ClientId);
        args.Add("--user-id");
        args.Add(emulator.UserId);
    }
}
