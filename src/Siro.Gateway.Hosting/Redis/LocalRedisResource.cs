using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>A Redis as a process on this machine, for development where there is no container engine.</summary>
public sealed class LocalRedisResource : ExecutableResource, IResourceWithConnectionString
{
    internal LocalRedisResource(string name, LocalRedisServer server, string workingDirectory)
        : base(name, server.Command, workingDirectory)
    {
        Server = server;
        Tcp = new EndpointReference(this, "tcp");
    }

    /// <summary>Where it listens.</summary>
    public EndpointReference Tcp { get; }

    /// <summary>StackExchange.Redis's configuration string.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Tcp.Property(EndpointProperty.IPV4Host)}:{Tcp.Property(EndpointProperty.Port)}");

    /// <summary>Which server was found.</summary>
    internal LocalRedisServer Server { get; }
}
