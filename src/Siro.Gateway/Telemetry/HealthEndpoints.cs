using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>What an orchestrator asks: is the process alive, and should it get traffic.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new Health("live", null))
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").WithSummary("The process runs");
        routes.MapGet("/health/ready", Ready)
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").WithSummary("The gateway takes traffic; 'degraded' without its store")
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>A lost store is no reason to be taken out of service: tokens in memory keep proxying. Only a gateway that is going says no.</summary>
    private static IResult Ready(IHostApplicationLifetime lifetime, IStoreHealth store, IBudgetHealth budget)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Results.Json(new Health("stopping", null), statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var available = store.Current.Available;
        return Results.Json(new Health(available ? "ready" : "degraded", available ? "available" : "unavailable")
        {
            Budget = new BudgetHealth(budget.Shared ? "shared" : "own_share", budget.Replicas),
        });
    }

    /// <summary>The answer of the health endpoints.</summary>
    /// <param name="Status"><c>live</c>; <c>ready</c>, <c>degraded</c> (the store is away) or <c>stopping</c>.</param>
    /// <param name="Store"><c>available</c> or <c>unavailable</c>; null where it was not looked at.</param>
    internal sealed record Health(string Status, string? Store)
    {
        /// <summary>How the budget is kept; null where it was not looked at.</summary>
        public BudgetHealth? Budget { get; init; }
    }

    /// <summary>How the budget of Siro's tokens is kept.</summary>
    /// <param name="Mode"><c>shared</c> by the fleet, or <c>own_share</c>: the limit divided by the replicas, while the store is away.</param>
    /// <param name="Replicas">Replicas last seen.</param>
    internal sealed record BudgetHealth(string Mode, int Replicas);
}
