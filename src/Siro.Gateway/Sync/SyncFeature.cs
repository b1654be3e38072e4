using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Sync;

/// <summary>CRM sync: validate, batch, report per item (Siro's CRM guide, 3.2 and 3.3).</summary>
internal static class SyncFeature
{
    public static void AddSync(this WebApplicationBuilder builder) => builder.AddSettings<SyncOptions>("Sync", (options, _, errors) =>
    {
        errors.Require(options.BatchSize is >= 1 and <= 1000, "Sync:BatchSize", "must be 1 to 1000");
        errors.Require(options.MaxItems is >= 1 and <= 100_000, "Sync:MaxItems", "must be 1 to 100000");
        errors.Require(options.MaxBodyBytes >= 1024, "Sync:MaxBodyBytes", "must be at least 1024");
        errors.Require(options.MaxItemBytes >= 1024, "Sync:MaxItemBytes", "must be at least 1024");
    });

    public static void MapSync(this WebApplication app)
    {
        var sync = app.MapGroup("/v1/sync").RequirePermission(Permissions.SyncWrite).WithTags("Sync");
        foreach (var kind in new[] { SyncKind.Engagements, SyncKind.Opportunities })
        {
            sync.MapPut("/" + kind.Name,
                (HttpContext context, [FromServices] SiroClient siro, [FromServices] ISettings<SyncOptions> options,
                [FromQuery] bool dryRun = false) =>
                    SyncAsync(context, kind, siro, options.Current, dryRun))
                .WithSummary($"Sync {kind.Name}: one object, a JSON array or NDJSON; an answer per item, in order")
                .WithDescription(
                    "Each item is checked before it costs budget. Answers with one element per item, or one line each where Accept "
                    + "asks for application/x-ndjson. Repeating a request is safe: Siro updates by externalId.")
                .Accepts<object>("application/json", "application/x-ndjson")
                .WithExamples(
                    kind == SyncKind.Engagements
                        ? """[{"externalId":"appt-456","startTime":"2026-02-15T14:00:00Z","endTime":"2026-02-15T15:00:00Z","subject":"Kitchen","engagementType":{"activityType":"MEETING","name":"meeting"},"engagementUsers":[{"externalId":"rep-123","email":"rep@example.com","name":"John Sales"}],"account":{"externalId":"account-789"},"opportunity":{"externalId":"opp-101"}}]"""
                        : """[{"externalId":"opp-101","name":"Kitchen","amount":45000,"closedAt":"2026-03-01T00:00:00Z","disposition":"WON","account":{"externalId":"account-789"},"opportunityUsers":[{"externalId":"rep-123","email":"rep@example.com","name":"John Sales"}]}]""",
                    """{"data":[{"externalId":"appt-456","status":"synced"},{"externalId":"appt-457","status":"rejected","issues":[{"code":"invalid_date","path":["startTime"],"message":"Expected a date in ISO 8601, e.g. 2026-02-15T14:00:00Z"}]}]}""")
                .Produces<SyncResults>(200, "application/json", "application/x-ndjson");
        }
    }

    private static async Task SyncAsync(HttpContext context, SyncKind kind, SiroClient siro, SyncOptions options, bool dryRun)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.MaxBodyBytes;
        }

        var cancellationToken = context.RequestAborted;
        var answer = new SyncAnswer(context);
        var batches = new SyncBatches(siro, context.Caller(), kind);
        var window = new List<(SyncItem Item, SyncResult? Known)>();
        var valid = 0;
        try
        {
            await foreach (var item in SyncReader.ReadAsync(context.Request, options, cancellationToken))
            {
                var known = Check(kind, item, dryRun);
                window.Add((item, known));
                valid += known is null ? 1 : 0;
                if (valid == options.BatchSize || window.Count == options.BatchSize * 4)
                {
                    await SendAsync(cancellationToken);
                }
            }
        }
        catch (ProblemException e) when (context.Response.HasStarted)
        {
            // Lines before this one are at Siro already, so the answer stays 200 and the rest is one element that says what stopped it.
            await SendAsync(cancellationToken);
            await answer.WriteAsync([new SyncResult(null, SyncStatus.Rejected) {
                Issues = [new SyncIssue(e.Problem.Code, [], e.Problem.Detail)] }], cancellationToken);
        }

        await SendAsync(cancellationToken);
        await answer.EndAsync(cancellationToken);

        async Task SendAsync(CancellationToken cancellation)
        {
            if (window.Count == 0)
            {
                return;
            }

            var sent = await batches.SendAsync([.. window.Where(w => w.Known is null).Select(w => w.Item)], cancellation);
            var next = 0;
            await answer.WriteAsync([.. window.Select(w => w.Known ?? sent[next++])], cancellation);
            window.Clear();
            valid = 0;
        }
    }

    /// <summary>The verdict that needs no call; null for an item that is to be sent.</summary>
    private static SyncResult? Check(SyncKind kind, SyncItem item, bool dryRun)
    {
        bool? dry = dryRun ? true : null;
        IReadOnlyList<SyncIssue> issues = item.Unreadable is { } unreadable ? [unreadable] : SyncContract.Check(kind, item.Json!.Value);
        return issues.Count > 0 ? new SyncResult(item.ExternalId, SyncStatus.Rejected) { Issues = issues, DryRun = dry }
            : dryRun ? new SyncResult(item.ExternalId, SyncStatus.Synced) { DryRun = dry }
            : null;
    }
}
