using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;
using Siro.Gateway.Store;

namespace Siro.Gateway.Recordings;

/// <summary>Merged recordings, the guide's engagement polling in one call, and reconciliation of what webhooks missed.</summary>
internal static class RecordingsFeature
{
    private const string Example = """
        {"data":{"id":"rec-abc-def","organizationId":"org-789","userId":"user-123","title":"Kitchen","summary":[{"name":"Overview","content":"The rep walked the customer through financing options."}],"entityExtractions":[{"name":"Budget","value":"$40,000 - $50,000","mappings":[{"crmModelName":"Opportunity","crmFieldName":"Budget__c"}]}],"crm":{"integrationConnectionId":"conn-123","engagement":{"id":"eng-uuid","externalId":"appt-456"}}}}
        """;

    public static void AddRecordings(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RecordingReader>();
        builder.Services.AddSingleton<EngagementRecordings>();
        builder.AddSettings<ReconciliationOptions>("Reconciliation", (options, _, errors) =>
        {
            errors.Require(options.Interval >= TimeSpan.FromMilliseconds(100), "Reconciliation:Interval", "must be at least 00:00:00.1");
            errors.Require(options.Overlap >= TimeSpan.Zero, "Reconciliation:Overlap", "must not be negative");
            errors.Require(options.PageSize is >= 1 and <= 100, "Reconciliation:PageSize", "must be 1 to 100");
        });
        builder.Services.AddSingleton<ReconciliationMetrics>();
        builder.Services.AddSingleton<ReconciliationSwitch>();
        builder.Services.AddSingleton<RecordingPages>();
        builder.Services.AddJob<PollData, PollHandler>(PollJob.Declaration);
        builder.Services.AddJob<BackfillData, BackfillHandler>(BackfillJob.Declaration);
        builder.Services.AddRecurringJobs<ReconciliationPolls>();
    }

    public static void MapRecordings(this WebApplication app)
    {
        var recordings = app.MapGroup("/v1").WithTags("Recordings");
        recordings.MapGet("/recordings/{id}", ReadAsync)
            .RequirePermission(Permissions.PlatformRead)
            .WithSummary("One recording: detail, and what include names, in one shape whichever of Siro's endpoints it comes from")
            .WithDescription("""
                include=summary,entityExtractions,crm,evaluationScore,followups. summary is [{name, content}], entityExtractions [{name, value, mappings}], crm the linked objects' ids or null.
                evaluationScore and followups are read anew at each call: a list may lack the score, shows follow-ups by id and score alone, and a new score moves no updatedAt.
                410 recording_purged where Siro has deleted the data of an old recording.
                """)
            .Produces<RecordingView>()
            .WithExamples(null, Example);
        recordings.MapGet("/engagements/{id}/recording", OfEngagementAsync)
            .RequirePermission(Permissions.PlatformRead)
            .WithSummary("The recording of an engagement, by Siro's id or the CRM's: the CRM guide's polling flow in one call")
            .WithDescription(
                "404 not_linked_yet with Retry-After until Siro has linked one. Without include: summary, entityExtractions and crm.")
            .Produces<RecordingView>()
            .WithExamples(null, Example);
        BackfillEndpoints.Map(recordings);
    }

    private static async Task<IResult> ReadAsync(
        HttpContext context, [FromRoute] string id, [FromServices] RecordingReader reader, [FromQuery] string? include = null)
    {
        if (Invalid(id, include, out var parts) is { } problem)
        {
            return problem;
        }

        return Results.Ok(new JsonObject { ["data"] = await reader.ReadAsync(Reading(context), id, parts, context.RequestAborted) });
    }

    private static async Task<IResult> OfEngagementAsync(
        HttpContext context, [FromRoute] string id, [FromServices] EngagementRecordings engagements, [FromServices] RecordingReader reader,
        [FromQuery] string? include = null)
    {
        if (Invalid(id, include, out var parts) is { } problem)
        {
            return problem;
        }

        var recordingId = await engagements.FindAsync(Reading(context), id, context.RequestAborted);
        var recording = await reader.ReadAsync(
            Reading(context), recordingId, include is null ? RecordingParts.All : parts, context.RequestAborted);
        return Results.Ok(new JsonObject { ["data"] = recording, ["engagementId"] = id });
    }

    private static RecordingReading Reading(HttpContext context)
    {
        var caller = context.Caller();
        return new RecordingReading(
            caller.Organization, caller.Client, caller.ActingUser, caller.Priority, caller.May(Permissions.ExternalRead));
    }

    private static ProblemResult? Invalid(string id, string? include, out RecordingParts parts)
    {
        (parts, var unknown) = RecordingPartsText.Parse(include);
        var errors =
            unknown.Select(word => new FieldError("include", "unknown_value",
            $"'{word}' is not one of {string.Join(", ", RecordingPartsText.Names.Keys)}")).ToList();
        if (id.Length > 200 || id.Any(c => char.IsControl(c) || c is '/' or '\\'))
        {
            errors.Add(new FieldError("id", "invalid_value", "must be an id of at most 200 characters"));
        }

        return errors.Count > 0
            ? new ProblemResult(new Problem(400, "invalid_query", "The request names something that does not exist.") { Errors = errors })
            : null;
    }
}

/// <summary>A merged recording, for the API's description; further fields come from Siro as they are.</summary>
public sealed record RecordingView(RecordingData Data);

/// <summary>The recording's fields that the gateway vouches for.</summary>
public sealed record RecordingData
{
    public required string Id { get; init; }

    public string? OrganizationId { get; init; }

    public string? UserId { get; init; }

    public string? Title { get; init; }

    public IReadOnlyList<RecordingSummarySection>? Summary { get; init; }

    public IReadOnlyList<RecordingExtraction>? EntityExtractions { get; init; }

    public JsonObject? Crm { get; init; }
}

/// <summary>A section of the AI summary.</summary>
public sealed record RecordingSummarySection(string? Name, string? Content);

/// <summary>An extracted value and the CRM fields that it maps to.</summary>
public sealed record RecordingExtraction(string? Name, JsonNode? Value, IReadOnlyList<RecordingMapping> Mappings);

/// <summary>A CRM field.</summary>
public sealed record RecordingMapping(string CrmModelName, string CrmFieldName);
