using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>At most so many arrivals a window and Siro token, shared fairly by the fleet. See docs/budget.md.</summary>
internal static class BudgetFeature
{
    public static void AddBudget(this WebApplicationBuilder builder)
    {
        builder.AddSettings<BudgetOptions>("Budget", (options, candidates, errors) =>
        {
            BudgetOptionsValidator.Check(options, errors);
            foreach (var (name, organization) in candidates.Get<SiroOptions>().Organizations)
            {
                BudgetOptionsValidator.Check(
                    $"Siro:Organizations:{name}:Budget:OrganizationToken", organization.Budget?.OrganizationToken, errors);
                BudgetOptionsValidator.Check($"Siro:Organizations:{name}:Budget:UserToken", organization.Budget?.UserToken, errors);
            }
        });
        builder.Services.AddSingleton<BudgetRules>();
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<ISettings<BudgetOptions>>().Current;
            return new Fleet(services.GetRequiredService<Randomness>().Id("r"), options.ReplicaTimeout, options.ExpectedReplicas);
        });
        builder.Services.AddSingleton<BudgetMetrics>();
        builder.Services.AddSingleton<IBudgetStore, RedisBudgetStore>();
        builder.Services.AddSingleton<FleetLink>();
        builder.Services.AddSingleton<SiroBudget>();
        builder.Services.AddSingleton<IBudget>(services => services.GetRequiredService<SiroBudget>());
        builder.Services.AddSingleton<IBudgetView>(services => services.GetRequiredService<SiroBudget>());
        builder.Services.AddHostedService<BudgetHeartbeat>();
        builder.Services.AddSingleton<IBudgetHealth>(services => services.GetRequiredService<Fleet>());
        builder.Services.AddHealthChecks().AddCheck<BudgetHealthCheck>("budget", tags: [HealthTags.Ready]);
    }
}
