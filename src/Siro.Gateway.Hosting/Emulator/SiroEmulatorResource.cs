using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>Siro by its published contracts, as a process: three API hosts, storage, the webhook sender. Its state ends with it.</summary>
public sealed class SiroEmulatorResource : ExecutableResource, IResourceWithServiceDiscovery
{
    internal SiroEmulatorResource(string name, HostedProgram program, ParameterResource organizationToken, ParameterResource clientSecret)
        : base(name, program.Command, program.WorkingDirectory)
    {
        OrganizationToken = organizationToken;
        ClientSecret = clientSecret;
        Http = new EndpointReference(this, "http");
    }

    /// <summary>All hosts answer here, told apart by their path; <c>/_emulator/</c> is its own interface.</summary>
    public EndpointReference Http { get; }

    /// <summary>The seeded organization's token.</summary>
    public ParameterResource OrganizationToken { get; }

    /// <summary>The secret of the seeded organization's OAuth app.</summary>
    public ParameterResource ClientSecret { get; }

    /// <summary>The seeded organization's id: the same at each start.</summary>
    public string OrganizationId => StableId("organization");

    /// <summary>The client id of the seeded organization's OAuth app: the same at each start.</summary>
    public string ClientId => StableId("client");

    /// <summary>The first user, <c>rep1@example.com</c>: the same at each start.</summary>
    public string UserId => StableId("user");

    /// <summary>The emulator's address with one of its hosts' paths, as processes on this machine reach it.</summary>
    internal ReferenceExpression Address(string path) =>
        ReferenceExpression.Create($"http://{Http.Property(EndpointProperty.IPV4Host)}:{Http.Property(EndpointProperty.Port)}{path}");

    private string StableId(string of) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}/{of}")).AsSpan(0, 16)).ToString();
}
