using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>The client of Siro's API: one handler chain for every request.</summary>
internal static class SiroApiFeature
{
    public static void AddSiroApi(this WebApplicationBuilder builder)
    {
        builder.AddSettings<SiroOptions>("Siro", (options, candidates, errors) =>
        {
            SiroOptionsValidator.Check(options, candidates, errors);
            foreach (var host in Enum.GetValues<SiroHost>())
            {
                if (!Uri.TryCreate(candidates.Configuration[SiroAddresses.Path(host)]?.TrimEnd('/') + "/", UriKind.Absolute,
                    out var address) || address.Scheme is not ("http" or "https"))
                {
                    errors.Add(SiroAddresses.Path(host), "must be an http or https address");
                }
                else if (address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
                {
                    errors.Add(SiroAddresses.Path(host), "must end with its path: no query, no fragment, no user before the host");
                }
                else
                {
                    options.Addresses[host] = address;
                }
            }
        });
        builder.Services.AddSingleton<SiroAddresses>();
        builder.Services.AddSingleton<SiroHttpHandler>();
        builder.Services.AddHealthChecks().AddCheck<BreakerHealthCheck>("siro");
        builder.Services.AddSingleton<ContractMetrics>();
        builder.Services.AddSingleton<ContractWatch>();
        builder.Services.AddSingleton(services => new SiroClient(
            services.GetRequiredService<SiroHttpHandler>(), services.GetRequiredService<SiroAddresses>(),
            services.GetRequiredService<IBudget>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ContractWatch>()));
    }
}
