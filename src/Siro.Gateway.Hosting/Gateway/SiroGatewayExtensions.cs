using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Siro.Gateway.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds Siro.Gateway to an Aspire application.</summary>
public static class SiroGatewayExtensions
{
    /// <summary>
    /// Adds the gateway. While the AppHost runs it is a process that comes with the package and needs the .NET 10 runtime; when the
    /// application is published it is a container with the image <c>siro-gateway</c> (<see cref="WithPublishedImage"/> names another). It
    /// needs <see cref="WithRedis"/>, <see cref="WithSiro"/> or <see cref="WithOrganization"/>, and a client: what is missing or unknown is
    /// said before anything starts.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="port">The port on this machine; a free one when null.</param>
    /// <param name="program">Another gateway: a .dll, a .csproj or an executable. Default: the one in the package.</param>
    public static IResourceBuilder<SiroGatewayResource> AddSiroGateway(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? port = null, string? program = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var running = builder.ExecutionContext.IsRunMode;
        var hosted = running ? HostedProgram.Find(builder, "Gateway", program) : HostedProgram.None;
        var gateway = new SiroGatewayResource(name, hosted) { Folder = running ? new RunFolder() : null };
        builder.OnBeforeStart((_, _) =>
        {
            SiroGatewayValidation.Require(gateway);
            return Task.CompletedTask;
        });
        var resource = builder.AddResource(gateway)
            .WithHttpEndpoint(port: port, targetPort: running ? null : 8080, name: "http")
            .WithHttpHealthCheck("/health/ready")
            .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/console", DisplayText = "Console" })
            .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/docs", DisplayText = "API" })
            .WithIconName("ArrowRouting")
            .WithSecret("Store:EncryptionKeys:0", builder.AddGeneratedSecret($"{name}-encryption-key", GeneratedSecret.EncryptionKey));
        if (gateway.Folder is { } folder)
        {
            // Nothing of a laptop's gateway is open to the network, and it may send to applications on the laptop.
            builder.Services.AddSingleton<IHostedService>(_ => folder);
            resource.WithArgs(context => hosted.AddArguments(context.Args))
                .WithEnvironment(
                    "ASPNETCORE_URLS", ReferenceExpression.Create($"http://127.0.0.1:{gateway.Http.Property(EndpointProperty.TargetPort)}"))
                .WithEnvironment("SIRO_GATEWAY_SECRETS", () => folder.Keys)
                .WithEnvironment("Uploads__SpoolDirectory", () => folder.Spool)
                .WithSetting("Webhooks:AllowedNetworks:0", "127.0.0.0/8")
                .WithSetting("Calls:AllowedNetworks:0", "127.0.0.0/8");
            SiroGatewayCommands.Add(resource);
        }
        else
        {
            builder.Resources.Remove(gateway);
            builder.AddResource(new SiroGatewayContainer(gateway)).WithImage("siro-gateway");
        }

        return resource;
    }

    /// <summary>Keeps the gateway's state in <paramref name="redis"/>, and waits for it.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="redis">Any Redis 6.2 or later: <c>AddRedis</c>, <c>AddLocalRedis</c>, <c>AddConnectionString</c>.</param>
    /// <param name="durability">
    /// <c>Store:Durability</c>: <c>fsync</c>, <c>replicas:N</c> or <c>relaxed</c>. Default: <c>relaxed</c> while the AppHost runs,
    /// because a development Redis writes nothing to disk before it answers, and <c>fsync</c> when published.
    /// </param>
    public static IResourceBuilder<SiroGatewayResource> WithRedis(
        this IResourceBuilder<SiroGatewayResource> gateway,
        IResourceBuilder<IResourceWithConnectionString> redis,
        string? durability = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(redis);
        gateway.Resource.Redis = redis.Resource;
        return gateway
            .WithEnvironment("Redis__Configuration", redis.Resource.ConnectionStringExpression)
            .WithSetting("Store:Durability", durability ?? (gateway.ApplicationBuilder.ExecutionContext.IsRunMode ? "relaxed" : "fsync"))
            .WaitFor(redis);
    }

    /// <summary>
    /// Sends the gateway to the emulator in place of Siro: addresses, an organization with its credentials, and Siro's webhooks to the
    /// gateway.
    /// Left out when the application is published: there, <see cref="WithOrganization"/> names the real one.
    /// </summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="siro">The emulator.</param>
    /// <param name="organization">The organization's name in the gateway's configuration.</param>
    public static IResourceBuilder<SiroGatewayResource> WithSiro(
        this IResourceBuilder<SiroGatewayResource> gateway, IResourceBuilder<SiroEmulatorResource> siro, string organization = "demo")
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(siro);
        var builder = gateway.ApplicationBuilder;
        if (!builder.ExecutionContext.IsRunMode)
        {
            return gateway;
        }

        var emulator = siro.Resource;
        gateway.Resource.Emulator = emulator;
        var webhookSecret = builder.AddGeneratedSecret($"{emulator.Name}-webhook-secret", GeneratedSecret.Signing);
        foreach (var (cluster, path) in new[] { ("external", "/api-externalApi"), ("platform", ""), ("internal", "/api-internalApi") })
        {
            gateway.WithEnvironment($"ReverseProxy__Clusters__{cluster}__Destinations__siro__Address", emulator.Address(path));
        }

        siro.OnResourceReady((_, _, cancellationToken) =>
        {
            var url = new Uri(new Uri(gateway.Resource.Http.Url), $"/v1/webhooks/siro/{organization}");
            return EmulatorControl.AddWebhookAsync(emulator, url, webhookSecret.Resource, cancellationToken);
        });
        return gateway
            .WithSetting("Uploads:StorageHosts:0", "127.0.0.1")
            .WithOrganization(organization, o =>
            {
                o.OrganizationId = emulator.OrganizationId;
                o.OAuthClientId = emulator.ClientId;
                o.DefaultUserId = emulator.UserId;
                o.OrganizationToken = builder.CreateResourceBuilder(emulator.OrganizationToken);
                o.OAuthClientSecret = builder.CreateResourceBuilder(emulator.ClientSecret);
                o.WebhookSecret = webhookSecret;
            })
            .WaitFor(siro);
    }

    /// <summary>Adds an organization of Siro's. Secrets that <paramref name="configure"/> does not set become parameters.</summary>
    public static IResourceBuilder<SiroGatewayResource> WithOrganization(
        this IResourceBuilder<SiroGatewayResource> gateway, string name, Action<SiroOrganization>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var organization = new SiroOrganization(name);
        configure?.Invoke(organization);
        gateway.Resource.Organizations.Add(organization);
        var builder = gateway.ApplicationBuilder;
        var path = $"Siro:Organizations:{name}";
        gateway.WithSecret($"{path}:OrganizationToken", organization.OrganizationToken ?? Asked("organization-token"));
        if (organization.OAuthClientId is { } clientId)
        {
            gateway.WithSetting($"{path}:OAuth:ClientId", clientId)
                .WithSecret($"{path}:OAuth:ClientSecret", organization.OAuthClientSecret ?? Asked("oauth-client-secret"));
        }

        if (organization.WebhookSecret is { } webhookSecret)
        {
            gateway.WithSecret($"{path}:WebhookSecrets:0", webhookSecret);
        }

        return gateway.WithOptionalSetting($"{path}:OrganizationId", organization.OrganizationId)
            .WithOptionalSetting($"{path}:DefaultUserId", organization.DefaultUserId);

        IResourceBuilder<ParameterResource> Asked(string what) => builder.AddParameter($"{name}-{what}", secret: true);
    }

    /// <summary>Adds a client with <paramref name="permissions"/> (words of <see cref="SiroPermissions"/>).</summary>
    public static IResourceBuilder<SiroGatewayResource> WithClient(
        this IResourceBuilder<SiroGatewayResource> gateway, string name, params string[] permissions)
    {
        ArgumentNullException.ThrowIfNull(permissions);
        return gateway.WithClient(name, client =>
        {
            foreach (var permission in permissions)
            {
                client.Permissions.Add(permission);
            }
        });
    }

    /// <summary>
    /// Adds a client. The gateway gets its key's hash alone; the application that is given the client by <c>WithSiroGateway</c> gets the
    /// key.
    /// </summary>
    public static IResourceBuilder<SiroGatewayResource> WithClient(
        this IResourceBuilder<SiroGatewayResource> gateway, string name, Action<SiroClient> configure)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        var client = new SiroClient(name);
        configure(client);
        gateway.Resource.Clients.Add(client);
        var builder = gateway.ApplicationBuilder;
        if (gateway.Resource.Clients.Count(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)) > 1)
        {
            // Said with everything else at the start.
            return gateway;
        }

        var parameter = client.ApiKey ??= builder.AddGeneratedSecret(
            $"{gateway.Resource.Name}-{name}-api-key", static () => GeneratedSecret.Text("sgw_"));
        var hash = $"Clients__{name}__ApiKeyHashes__0";
        if (builder.ExecutionContext.IsRunMode)
        {
            gateway.WithEnvironment(async context =>
            {
                var key = await parameter.Resource.GetValueAsync(context.CancellationToken).ConfigureAwait(false);
                context.EnvironmentVariables[hash] = GeneratedSecret.ApiKeyHash(key ?? "");
            });
        }
        else
        {
            gateway.WithEnvironment(hash, builder.AddParameter($"{parameter.Resource.Name}-hash"));
        }

        return gateway.WithOptionalSetting($"Clients:{name}:Organization", client.Organization)
            .WithOptionalSetting($"Clients:{name}:DefaultUser", client.DefaultUser)
            .WithSettings($"Clients:{name}:Permissions", client.Permissions)
            .WithSettings($"Clients:{name}:Users", client.Users);
    }

    /// <summary>
    /// Sends events to <paramref name="subscriber"/>, signed with a secret that it gets as <c>SiroEvents:Secrets:0</c>: what
    /// <c>AddSiroEvents(configuration.GetSection("SiroEvents"))</c> of Siro.Gateway.Client reads.
    /// </summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="name">The subscription's name.</param>
    /// <param name="subscriber">An application with an endpoint named http.</param>
    /// <param name="path">Where the application takes events, for example <c>/siro</c>.</param>
    /// <param name="events">Types, prefixes (<c>integrations.*</c>) or <c>*</c>; without any, all.</param>
    public static IResourceBuilder<SiroGatewayResource> WithSubscription<TSubscriber>(
        this IResourceBuilder<SiroGatewayResource> gateway,
        string name,
        IResourceBuilder<TSubscriber> subscriber,
        string path,
        params string[] events)
        where TSubscriber : IResourceWithEndpoints, IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(path);
        gateway.Resource.Subscriptions.Add(name);
        var builder = gateway.ApplicationBuilder;
        var secret = builder.AddGeneratedSecret($"{gateway.Resource.Name}-{name}-signing-secret", GeneratedSecret.Signing);
        var http = subscriber.GetEndpoint("http");
        var url = builder.ExecutionContext.IsRunMode
            ? ReferenceExpression.Create($"http://{http.Property(EndpointProperty.IPV4Host)}:{http.Property(EndpointProperty.Port)}{path}")
            : ReferenceExpression.Create($"{http.Property(EndpointProperty.Url)}{path}");
        subscriber.WithEnvironment("SiroEvents__Secrets__0", secret);
        return gateway.WithEnvironment($"Webhooks__Subscriptions__{name}__Url", url)
            .WithSecret($"Webhooks:Subscriptions:{name}:Secret", secret)
            .WithSettings($"Webhooks:Subscriptions:{name}:Events", events);
    }

    /// <summary>Sets any key of the gateway's configuration, for example <c>Budget:Requests</c>.</summary>
    public static IResourceBuilder<SiroGatewayResource> WithSetting(
        this IResourceBuilder<SiroGatewayResource> gateway, string path, string value)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return gateway.WithEnvironment(Variable(path), value);
    }

    /// <summary>The image of the published gateway.</summary>
    public static IResourceBuilder<SiroGatewayResource> WithPublishedImage(
        this IResourceBuilder<SiroGatewayResource> gateway, string image, string tag = "latest")
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(image);
        if (gateway.Resource.Annotations.OfType<ContainerImageAnnotation>().FirstOrDefault() is { } annotation)
        {
            annotation.Image = image;
            annotation.Tag = tag;
        }

        return gateway;
    }

    /// <summary>
    /// Makes <paramref name="application"/> the gateway's client <paramref name="client"/>: it gets <c>SiroGateway:BaseAddress</c> and
    /// <c>SiroGateway:ApiKey</c>, which <c>AddSiroGateway(configuration.GetSection("SiroGateway"))</c> of Siro.Gateway.Client reads.
    /// </summary>
    public static IResourceBuilder<TApplication> WithSiroGateway<TApplication>(
        this IResourceBuilder<TApplication> application, IResourceBuilder<SiroGatewayResource> gateway, string client)
        where TApplication : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(application);
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(client);
        gateway.Resource.Users.Add((application.Resource.Name, client));
        if (gateway.Resource.Clients.Find(c => c.Name == client)?.ApiKey is { } key)
        {
            application.WithEnvironment("SiroGateway__ApiKey", key);
        }

        return application.WithEnvironment("SiroGateway__BaseAddress", gateway.Resource.Http);
    }

    private static IResourceBuilder<SiroGatewayResource> WithOptionalSetting(
        this IResourceBuilder<SiroGatewayResource> gateway, string path, string? value) =>
        value is null ? gateway : gateway.WithSetting(path, value);

    private static IResourceBuilder<SiroGatewayResource> WithSettings(
        this IResourceBuilder<SiroGatewayResource> gateway, string path, IEnumerable<string> values)
    {
        foreach (var (index, value) in values.Index())
        {
            gateway.WithSetting(FormattableString.Invariant($"{path}:{index}"), value);
        }

        return gateway;
    }

    private static IResourceBuilder<SiroGatewayResource> WithSecret(
        this IResourceBuilder<SiroGatewayResource> gateway, string path, IResourceBuilder<ParameterResource> value) =>
        gateway.WithEnvironment(Variable(path), value);

    private static string Variable(string path) => path.Replace(":", "__", StringComparison.Ordinal);
}
