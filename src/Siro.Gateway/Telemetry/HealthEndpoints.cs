using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
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
    private static IResult Ready(IHostApplicationLifetime lifetime, IStoreHealth store)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Results.Json(new Health("stopping", null), statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var available = store.Current.Available;
        return Results.Json(new Health(available ? "ready" : "degraded", available ? "available" : "unavailable"));
    }

    /// <summary>The answer of the health endpoints.</summary>
    /// <param name="Status"><c>live</c>; <c>ready</c>, <c>degraded</c> (the store is away) or <c>stopping</c>.</param>
    /// <param name="Store"><c>available</c> or <c>unavailable</c>; null where it was not looked at.</param>
    internal sealed record Health(string Status, string? Store);
}
