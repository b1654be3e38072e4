using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>Siro.Gateway: a process while the AppHost runs, a container image where the application is published.</summary>
public sealed class SiroGatewayResource : ExecutableResource, IResourceWithServiceDiscovery
{
    internal SiroGatewayResource(string name, HostedProgram program)
        : base(name, program.Command, program.WorkingDirectory) => Http = new EndpointReference(this, "http");

    /// <summary>Its API, its console and its health.</summary>
    public EndpointReference Http { get; }

    internal IResourceWithConnectionString? Redis { get; set; }

    internal SiroEmulatorResource? Emulator { get; set; }

    internal List<SiroOrganization> Organizations { get; } = [];

    internal List<SiroClient> Clients { get; } = [];

    internal List<string> Subscriptions { get; } = [];

    /// <summary>Which resource uses which client.</summary>
    internal List<(string Resource, string Client)> Users { get; } = [];

    /// <summary>Files of this run: the upload spool, and keys that were made while it runs. Null while publishing.</summary>
    internal RunFolder? Folder { get; init; }
}

/// <summary>The same resource as a container, for publishing: what was said about the process holds for it.</summary>
internal sealed class SiroGatewayContainer(SiroGatewayResource gateway) : ContainerResource(gateway.Name)
{
    public override ResourceAnnotationCollection Annotations => gateway.Annotations;
}
