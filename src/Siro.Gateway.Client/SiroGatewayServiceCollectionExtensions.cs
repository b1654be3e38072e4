using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client;

/// <summary>Registers the client of Siro.Gateway.</summary>
public static class SiroGatewayServiceCollectionExtensions
{
    /// <summary>The name of the <see cref="HttpClient"/> in <see cref="IHttpClientFactory"/>.</summary>
    public const string HttpClientName = "Siro.Gateway";

    /// <summary>
    /// Registers <see cref="SiroGatewayClient"/> with the options of a configuration section: <c>BaseAddress</c>, <c>ApiKey</c>,
    /// <c>Organization</c>,
    /// <c>ActingUser</c>, <c>MaxAttempts</c>, <c>MaxRetryDelay</c> (<c>hh:mm:ss</c>). Aspire's <c>WithSiroGateway</c> writes the section
    /// <c>SiroGateway</c>.
    /// </summary>
    public static IHttpClientBuilder AddSiroGateway(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddSiroGateway(options => OptionsSection.Read(section, options));
    }

    /// <summary>
    /// Registers <see cref="SiroGatewayClient"/>, its options (checked at the start) and its <see cref="HttpClient"/>. The builder that
    /// comes back takes further handlers. Retries are the client's own: don't add a second retry handler, or uploads are sent more often
    /// than wanted.
    /// </summary>
    public static IHttpClientBuilder AddSiroGateway(this IServiceCollection services, Action<SiroGatewayOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<SiroGatewayOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiroGatewayOptions>, SiroGatewayOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new SiroGatewayClient(new GatewayTransport(
            provider.GetRequiredService<IHttpClientFactory>(),
            provider.GetRequiredService<IOptions<SiroGatewayOptions>>().Value,
            provider.GetRequiredService<TimeProvider>())));
        return services.AddHttpClient(HttpClientName).ConfigureHttpClient(static (provider, http) =>
        {
            http.BaseAddress = provider.GetRequiredService<IOptions<SiroGatewayOptions>>().Value.BaseAddress;

            // Uploads and event streams take as long as they take; a caller bounds a call by its cancellation token.
            http.Timeout = Timeout.InfiniteTimeSpan;
        }).ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler
        {
            // The gateway never redirects: a redirect would take the credential elsewhere.
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        });
    }
}
