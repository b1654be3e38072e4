using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Links;

/// <summary>Deep links and conversation types (Siro's deep-link guide).</summary>
internal static class LinksFeature
{
    private const int MaxLinks = 1000;
    private const int MaxBody = 4 * 1024 * 1024;

    public static void AddLinks(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ConversationTypes>();
        builder.Services.AddSingleton<RecordLinks>();
    }

    public static void MapLinks(this WebApplication app)
    {
        var links = app.MapGroup("/v1").RequirePermission(Permissions.LinksRead).WithTags("Links");
        links.MapGet("/links/record", OneAsync)
            .WithSummary("A deep link that starts, stops or restarts a recording, in both forms")
            .Produces<RecordLink>()
            .WithQuery(
                ("action", "start, stop or restart."), ("title", "The recording's title (start)."),
                ("conversationType", "A conversation type's id or name (start, restart)."),
                ("redirectUrl", "Where the app goes afterwards."), ("integrationConnectionId", "The CRM connection."),
                ("crmObjects", "A JSON array of {objectType, objectId}; needs the connection."),
                ("opportunityId", "Deprecated by Siro."), ("jobId", "Deprecated by Siro."), ("appointmentId", "For the app link."))
            .WithExamples(null,
                """{"webLink":"https://app.siro.ai/record?action=start&title=Smith%20Kitchen","appLink":"siro://record?title=Smith%20Kitchen","warnings":[]}""");
        links.MapPost("/links/record", ManyAsync)
            .WithSummary("One link, or as many as 1000 in an array")
            .WithMetadata(new RequestSizeLimitAttribute(4 * 1024 * 1024))
            .Accepts<RecordLinkParameters[]>("application/json")
            .Produces<RecordLinkList>()
            .WithExamples(
                """[{"action":"start","title":"Smith Kitchen","conversationType":"Sales call","integrationConnectionId":"conn-123","crmObjects":[{"objectType":"Opportunity","objectId":"opp-101"}]},{"action":"stop"}]""",
                """{"data":[{"webLink":"https://app.siro.ai/record?action=start&title=Smith%20Kitchen","appLink":"siro://record?title=Smith%20Kitchen&opportunityId=opp-101","warnings":[]},{"webLink":"https://app.siro.ai/record?action=stop","appLink":null,"warnings":[]}]}""");
        links.MapGet("/conversation-types", ListAsync)
            .WithSummary("The organization's conversation types, as the acting user sees them")
            .Produces<ConversationTypeList>()
            .WithExamples(null,
                """{"data":[{"conversationType":"00000000-0000-0000-0000-000000000001","displayName":"Sales call","id":"org-00000000-0000-0000-0000-000000000001","orgId":"org"}],"cursor":null}""");
    }

    private static async Task<IResult> OneAsync(HttpContext context, [FromServices] RecordLinks links)
    {
        var (parameters, unreadable) = RecordLinkInput.FromQuery(context.Request);
        if (unreadable.Count > 0)
        {
            return Invalid(unreadable);
        }

        var (link, errors) = await links.MakeAsync(context.Caller(), parameters, "", context.RequestAborted);
        return link is null ? Invalid(errors) : Results.Ok(link);
    }

    private static async Task<IResult> ManyAsync(HttpContext context, [FromServices] RecordLinks links)
    {
        var body = await JsonBody.ReadAsync(context.Request, MaxBody, context.RequestAborted, maxDepth: 8);
        var single = body.ValueKind == JsonValueKind.Object;
        if (!single && body.ValueKind != JsonValueKind.Array)
        {
            return new ProblemResult(
                new Problem(400, "invalid_json", $"The body must be one JSON object, or an array of 1 to {MaxLinks}."));
        }

        if (!single && body.GetArrayLength() is < 1 or > MaxLinks)
        {
            return Invalid([new FieldError("", "invalid_value", $"must be one object, or an array of 1 to {MaxLinks}")]);
        }

        var made = new List<RecordLink>();
        var errors = new List<FieldError>();
        IEnumerable<JsonElement> items = single ? [body] : body.EnumerateArray();
        foreach (var (index, item) in items.Index())
        {
            var at = single ? "" : $"[{index}].";
            var (parameters, error) = RecordLinkInput.FromJson(item, at);
            if (error is not null)
            {
                errors.Add(error);
                continue;
            }

            var (link, broken) = await links.MakeAsync(context.Caller(), parameters!, at, context.RequestAborted);
            errors.AddRange(broken);
            if (link is not null)
            {
                made.Add(link);
            }
        }

        return errors.Count > 0 ? Invalid(errors) : single ? Results.Ok(made[0]) : Results.Ok(new RecordLinkList(made));
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] ConversationTypes types) =>
        Results.Ok(new ConversationTypeList(await types.ListAsync(context.Caller(), context.RequestAborted), null));

    private static ProblemResult Invalid(IReadOnlyList<FieldError> errors) =>
        new(new Problem(422, "invalid_link", "The link's parameters break the rules of Siro's deep links.") { Errors = errors });
}

/// <summary>Links in the order of their parameters.</summary>
public sealed record RecordLinkList(IReadOnlyList<RecordLink> Data);

/// <summary>Conversation types; Siro sends them all at once, so <c>cursor</c> is always null.</summary>
public sealed record ConversationTypeList(IReadOnlyList<ConversationTypeView> Data, string? Cursor);
