using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Telemetry;

/// <summary>
/// What an orchestrator asks: is the process alive, has it started, should it get traffic. And for operators, what it sees.
/// </summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        Probe(app, "live", _ => false, (_, _) => new Health("live", null)).WithSummary("The process runs");
        Probe(app, "startup", check =>
            check.Tags.Contains(HealthTags.Startup), (_, report) =>
                new Health(report.Status is HealthStatus.Healthy ? "started" : "starting", null))
            .WithSummary("The process has started").Produces<Health>(StatusCodes.Status503ServiceUnavailable);
        Probe(app, "ready", check => check.Tags.Contains(HealthTags.Ready), Ready)
            .WithSummary("The gateway takes traffic; 'degraded' without its store").Produces<Health>(
                StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/health/detail", DetailAsync)
            .RequirePermission(Permissions.Admin).WithTags("Health")
                .WithSummary("What this replica sees: its store, its organizations, its parts")
            .Produces<Detail>();
    }

    private static RouteHandlerBuilder Probe(
        WebApplication app, string name, Func<HealthCheckRegistration, bool> predicate, Func<HttpContext, HealthReport, Health> body)
    {
        var options = new HealthCheckOptions { Predicate = predicate,
            ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(body(context, report)) };
        var endpoint = app.MapHealthChecks($"/health/{name}", options);

        // A health check's endpoint takes every verb and is not described by itself.
        endpoint.WithMetadata(new HttpMethodMetadata([HttpMethods.Get]), ((Delegate)Described).Method);
        return new RouteHandlerBuilder([endpoint]).OpenToAll().WithMetadata(new NoAudit()).WithTags("Health").Produces<Health>();
    }

    /// <summary>Stands for the signature of the probes in the description.</summary>
    private static void Described()
    {
    }

    private static Health Ready(HttpContext context, HealthReport report)
    {
        var services = context.RequestServices;
        services.GetRequiredService<DrainService>().Watched();
        return Read(report, services.GetRequiredService<IBudgetHealth>());
    }

    private static Health Read(HealthReport report, IBudgetHealth budget)
    {
        if (report.Entries[TrafficHealthCheck.Name] is { Status: HealthStatus.Unhealthy, Description: { } reason })
        {
            return new Health(reason, null);
        }

        var available = report.Entries[StoreFeature.HealthCheck].Status is HealthStatus.Healthy;
        return new Health(available ? "ready" : "degraded", available ? "available" : "unavailable")
        {
            Budget = new BudgetHealth(budget.Shared ? "shared" : "own_share", budget.Replicas),
        };
    }

    private static async Task<Detail> DetailAsync(
        HealthCheckService checks, IStoreHealth store, IBudgetHealth budget, ISettings<SiroOptions> siro, TelemetryExport export,
        ContractWatch contracts,
        CancellationToken cancellationToken)
    {
        var status = await store.ProbeAsync(cancellationToken);
        var report = await checks.CheckHealthAsync(cancellationToken);
        var health = Read(report, budget);
        return new Detail(
            health.Status,
            Environment.MachineName,
            typeof(HealthEndpoints).Assembly.GetName().Version?.ToString(3),
            new StoreDetail(status.Available, status.Latency?.TotalMilliseconds, status.Durability.ToString().ToLowerInvariant(),
                status.Available ? null : status.LastError),
            siro.Current.Organizations
                .OrderBy(o => o.Key, StringComparer.OrdinalIgnoreCase)
                .Select(o => new OrganizationDetail(
                    o.Key.ToLowerInvariant(), o.Value.Credential.ToString(), o.Value.OAuth is not null, o.Value.WebhookSecrets.Count,
                    o.Value.DefaultUserId is not null))
                .ToArray(),
            health.Budget,
            export.IsOn,
            [.. report.Entries.OrderBy(e => e.Key, StringComparer.Ordinal)
                .Select(e => new CheckDetail(e.Key, e.Value.Status.ToString().ToLowerInvariant(), e.Value.Description))],
            [.. contracts.Current.Select(
                d => new DriftDetail(d.Host, d.Operation, d.Kind.ToString(), d.What, d.FirstSeen, d.LastSeen, d.Count))]);
    }

    /// <summary>The answer of the open health endpoints.</summary>
    /// <param name="Status"><c>live</c>; <c>starting</c>, <c>started</c>; <c>ready</c>, <c>degraded</c> (the store is away),
    /// <c>no_credential</c> or <c>stopping</c>.</param>
    /// <param name="Store"><c>available</c> or <c>unavailable</c>; null where it was not looked at.</param>
    internal sealed record Health(string Status, string? Store)
    {
        /// <summary>How the budget is kept; null where it was not looked at.</summary>
        public BudgetHealth? Budget { get; init; }
    }

    /// <summary>How the budget of Siro's tokens is kept.</summary>
    /// <param name="Mode"><c>shared</c> by the fleet, or <c>own_share</c>: the limit divided by the replicas, while the store is
    /// away.</param>
    /// <param name="Replicas">Replicas last seen.</param>
    internal sealed record BudgetHealth(string Mode, int Replicas);

    /// <summary>The answer for operators. No address, no secret.</summary>
    internal sealed record Detail(
        string Status, string Replica, string? Version, StoreDetail Store, OrganizationDetail[] Organizations, BudgetHealth? Budget,
        bool Telemetry, CheckDetail[] Checks, DriftDetail[] ContractDrift);

    internal sealed record StoreDetail(bool Available, double? LatencyMs, string Durability, string? LastError);

    internal sealed record OrganizationDetail(string Name, string Credential, bool OAuth, int WebhookSecrets, bool DefaultUser);

    /// <summary>One way in which Siro's answers differ from its published contract, as this replica has seen it within a day.</summary>
    internal sealed record DriftDetail(
        string Host, string Operation, string Kind, string What, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Count);

    /// <summary>One health check.</summary>
    /// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
    internal sealed record CheckDetail(string Name, string Status, string? Description);
}
