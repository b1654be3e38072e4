using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds a Redis that needs no container engine.</summary>
public static class LocalRedisExtensions
{
    /// <summary>
    /// Adds redis-server from the PATH, or Garnet where there is none (the tool <c>garnet-server</c> on the PATH, or its .dll by the
    /// setting <c>Siro:Programs:Redis</c>), in memory and on the loopback interface. For development alone: it is left out when the
    /// application is published.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, and its connection string's.</param>
    /// <param name="port">The port on this machine; a free one when null.</param>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var server = LocalRedisServer.Find(builder) ?? throw new DistributedApplicationException(
            "There is no Redis on this machine. Install redis-server or 'dotnet tool install --global garnet-server', "
            + "or name one by the setting Siro:Programs:Redis, or use AddRedis with a container engine.");
        var redis = new LocalRedisResource(name, server, Path.GetTempPath());
        var check = $"{name}_ping";
        builder.Services.AddHealthChecks().AddTypeActivatedCheck<RedisPing>(check, redis.Tcp);
        return builder.AddResource(redis)
            .WithEndpoint(port: port, name: "tcp", scheme: "tcp")
            .WithArgs([.. server.Arguments, "--port", redis.Tcp.Property(EndpointProperty.TargetPort)])
            .WithHealthCheck(check)
            .WithIconName("Database")
            .ExcludeFromManifest();
    }
}
