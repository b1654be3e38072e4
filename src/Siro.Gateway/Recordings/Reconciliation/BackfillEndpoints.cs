using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>Asks for a range of dates to be announced, and tells how far that is.</summary>
internal static class BackfillEndpoints
{
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JsonSerializerOptions Strict = new(
        JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var backfill = routes.MapGroup("/recordings/backfill").RequirePermission(Permissions.Admin);
        backfill.MapPost("", StartAsync)
            .WithSummary("Announce what was recorded in a range of dates and never announced before")
            .WithDescription(
                "from is included, to is not; both ISO 8601, in UTC where no zone is given; to defaults to now. 202 with an id to "
                + "ask for.")
            .Accepts<BackfillRequest>("application/json")
            .Produces<BackfillView>(202)
            .WithExamples("""{"from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}""",
                """{"id":"bf_1","status":"queued","from":"2026-01-01T00:00:00.000Z","to":"2026-02-01T00:00:00.000Z","recordings":0,"announced":0,"error":null}""", 202);
        backfill.MapGet("/{id}", FindAsync)
            .WithSummary("How far a backfill is")
            .Produces<BackfillView>();
    }

    private static async Task<IResult> StartAsync(
        HttpContext context, [FromServices] JobQueues queues, [FromServices] Randomness randomness, [FromServices] TimeProvider time)
    {
        BackfillRequest? request;
        var body = await JsonBody.ReadObjectAsync(context.Request, JsonBody.Small, context.RequestAborted);
        try
        {
            request = body.Deserialize<BackfillRequest>(Strict);
        }
        catch (JsonException e)
        {
            return new ProblemResult(
                new Problem(400, "invalid_json", $"The body must be {{\"from\":\"...\",\"to\":\"...\"}} and nothing else ({e.Path})."));
        }

        var now = time.GetUtcNow();
        var from = Iso8601.Parse(request?.From);
        var to = request?.To is null ? now : Iso8601.Parse(request.To);
        var errors = new List<FieldError>();
        if (from is null || from < Earliest)
        {
            errors.Add(new FieldError("from", "invalid_date", "must be a date in ISO 8601 from 2000 on, e.g. 2026-01-31T00:00:00Z"));
        }

        if (to is null)
        {
            errors.Add(new FieldError("to", "invalid_date", "must be a date in ISO 8601, or left out for now"));
        }

        if (from >= to)
        {
            errors.Add(new FieldError("to", "invalid_range", "must be after from"));
        }

        if (errors.Count > 0)
        {
            return new ProblemResult(new Problem(422, "invalid_range", "The dates can't be read.") { Errors = errors });
        }

        var caller = context.Caller();
        var made = await Queue(queues, caller).EnqueueAsync(
            new NewJob<BackfillData>(new JobId(randomness.Id("bf")), new BackfillData { From = from, To = to })
            {
                Client = caller.Client.Value,
            },
            null,
            context.RequestAborted);
        return Results.Accepted($"/v1/recordings/backfill/{made.Job!.Id}", View(made.Job));
    }

    private static async Task<IResult> FindAsync(HttpContext context, [FromRoute] string id, [FromServices] JobQueues queues) =>
        await Queue(queues, context.Caller()).FindAsync(context.Caller(), id, context.RequestAborted) is { } job
            ? Results.Ok(View(job))
            : new ProblemResult(new Problem(404, "backfill_not_found", "No such backfill, or it finished more than a week ago."));

    private static JobQueue<BackfillData> Queue(JobQueues queues, Caller caller) =>
        queues.Queue(BackfillJob.Declaration, caller.Organization.Value);

    private static BackfillView View(StoredJob<BackfillData> job) => new(
        job.Id.Value,
        job.State,
        Iso8601.Text(job.Data.From!.Value),
        Iso8601.Text(job.Data.To!.Value),
        job.Data.Recordings,
        job.Data.Announced,
        job.Data.Error);
}

/// <summary>A range of dates.</summary>
public sealed record BackfillRequest(string? From, string? To);

/// <summary>A backfill.</summary>
/// <param name="Status">queued, running, finished, failed.</param>
/// <param name="Recordings">Looked at so far.</param>
/// <param name="Announced">Events made so far.</param>
/// <param name="Error">The last problem's code, or null.</param>
public sealed record BackfillView(string Id, string Status, string From, string To, long Recordings, long Announced, string? Error);
