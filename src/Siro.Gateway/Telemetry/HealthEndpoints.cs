using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>What an orchestrator asks: is the process alive, has it started, should it get traffic. And for operators, what it sees.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new Health("live", null))
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").WithSummary("The process runs");
        routes.MapGet("/health/startup", Startup)
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").WithSummary("The process has started")
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/health/ready", Ready)
            .OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").WithSummary("The gateway takes traffic; 'degraded' without its store")
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/health/detail", DetailAsync)
            .RequirePermission(Permissions.Admin).WithTags("Health").WithSummary("What this replica sees: its store, its organizations, its parts")
            .Produces<Detail>();
    }

    private static IResult Startup(Readiness readiness) =>
        readiness.IsStarted ? Results.Json(new Health("started", null)) : Results.Json(new Health("starting", null), statusCode: StatusCodes.Status503ServiceUnavailable);

    private static IResult Ready(Readiness readiness, DrainService drain)
    {
        drain.Watched();
        var (ready, health) = readiness.Now();
        return Results.Json(health, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Detail> DetailAsync(
        Readiness readiness, IStoreHealth store, ISettings<SiroOptions> siro, TelemetryExport export, CancellationToken cancellationToken)
    {
        var status = await store.ProbeAsync(cancellationToken);
        var health = readiness.Now().Health;
        return new Detail(
            health.Status,
            Environment.MachineName,
            typeof(HealthEndpoints).Assembly.GetName().Version?.ToString(3),
            new StoreDetail(status.Available, status.Latency?.TotalMilliseconds, status.Durability.ToString().ToLowerInvariant(), status.Available ? null : status.LastError),
            siro.Current.Organizations
                .OrderBy(o => o.Key, StringComparer.OrdinalIgnoreCase)
                .Select(o => new OrganizationDetail(o.Key.ToLowerInvariant(), o.Value.OAuth is not null, o.Value.WebhookSecrets.Count, o.Value.DefaultUserId is not null))
                .ToArray(),
            health.Budget,
            export.IsOn);
    }

    /// <summary>The answer of the open health endpoints.</summary>
    /// <param name="Status"><c>live</c>; <c>starting</c>, <c>started</c>; <c>ready</c>, <c>degraded</c> (the store is away), <c>no_credential</c> or <c>stopping</c>.</param>
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

    /// <summary>The answer for operators. No address, no secret.</summary>
    internal sealed record Detail(
        string Status, string Replica, string? Version, StoreDetail Store, OrganizationDetail[] Organizations, BudgetHealth? Budget, bool Telemetry);

    internal sealed record StoreDetail(bool Available, double? LatencyMs, string Durability, string? LastError);

    internal sealed record OrganizationDetail(string Name, bool OAuth, int WebhookSecrets, bool DefaultUser);
}
