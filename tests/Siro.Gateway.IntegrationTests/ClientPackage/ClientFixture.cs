using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Client;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.ClientPackage;

/// <summary>A gateway, and the client package registered as an application registers it.</summary>
public sealed class ClientFixture : UploadsFixture
{
    /// <summary>The package's client with this key. Dispose the provider.</summary>
    public ServiceProvider Services(
        string apiKey = GatewaySettings.AdminKey, Action<SiroGatewayOptions>? change = null, DelegatingHandler? handler = null)
    {
        var services = new ServiceCollection();
        var http = services.AddSiroGateway(options =>
        {
            options.BaseAddress = Gateway.Address;
            options.ApiKey = apiKey;
            change?.Invoke(options);
        });
        if (handler is not null)
        {
            http.AddHttpMessageHandler(() => handler);
        }

        return services.BuildServiceProvider();
    }
}
