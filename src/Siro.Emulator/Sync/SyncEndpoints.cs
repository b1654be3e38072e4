using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Validation;

namespace Siro.Emulator.Sync;

/// <summary>CRM sync and what it remembers, on external. One bad item refuses its whole batch.</summary>
internal sealed class SyncEndpoints(EmulatorState state)
{
    public void Map(RouteTable external)
    {
        Kind(external, "engagements", SyncShapes.Engagement, (crm, item) =>
            crm.SyncEngagement(item).Ref.Id, (crm, id) => ShowEngagement(crm, crm.EngagementById(id)!));
        Kind(external, "opportunities", SyncShapes.Opportunity, (crm, item) =>
            crm.SyncOpportunity(item).Ref.Id, (crm, id) => ShowOpportunity(crm, crm.OpportunityById(id)!));
        external.Add("GET", "/v1/integrations/engagements/{id}", x => new(
            Crm(x).EngagementById(x["id"]) is { } found
                ? Answer.Ok(ShowEngagement(Crm(x), found))
                : Answer.Error(404, "Engagement not found")));
        external.Add("GET", "/v1/integrations/opportunities/{id}", x => new(
            Crm(x).OpportunityById(x["id"]) is { } found
                ? Answer.Ok(ShowOpportunity(Crm(x), found))
                : Answer.Error(404, "Opportunity not found")));
        external.Add("GET", "/v1/integrations/engagements",
            x => new(List(x, (crm, start, size) => crm.Engagements(start, size, e => Fits(x, e.Ref, e.RecordingId)), ShowEngagement)));
        external.Add("GET", "/v1/integrations/opportunities",
            x => new(List(x, (crm, start, size) => crm.Opportunities(start, size, o => Fits(x, o.Ref, o.RecordingId)), ShowOpportunity)));
    }

    private CrmStore Crm(Exchange x) => state.Crm(x.Organization);

    private void Kind(
        RouteTable external, string name, Shape shape, Func<CrmStore, JsonElement, string> sync, Func<CrmStore, string, object> show)
    {
        external.Add("PUT", $"/v1/integrations/sync/{name}", x =>
        {
            if (Refuse(x, shape, out var body) is { } refusal)
            {
                return new(refusal);
            }

            var id = sync(Crm(x), body);
            x.Entry.AddEffect(id);
            return new(Answer.Ok(new { data = show(Crm(x), id) }));
        });
        external.Add("PUT", $"/v1/integrations/sync/batch/{name}", x =>
        {
            if (Refuse(x, Shape.ListOf(shape), out var body) is { } refusal)
            {
                return new(refusal);
            }

            var crm = Crm(x);
            var ids = body.EnumerateArray().Select(item => sync(crm, item)).ToList();
            return new(Answer.Ok(new { data = ids.Select(id => show(crm, id)) }));
        });
    }

    private static Answer? Refuse(Exchange x, Shape shape, out JsonElement body) =>
        !x.TryJson(out body) ? Answer.Error(400, "Invalid JSON")
        : shape.Check(body) is { Count: > 0 } issues ? ZodIssue.Refusal(issues)
        : null;

    private static bool Fits(Exchange x, CrmRef reference, string? recordingId) =>
        (x.Query("externalId") is not { } externalId || reference.ExternalId == externalId)
        && (x.Query("recordingId") is not { } wanted || recordingId == wanted);

    private Answer List<T>(Exchange x, Func<CrmStore, int, int, (IReadOnlyList<T> Page, int? Next)> read, Func<CrmStore, T, object> show)
    {
        if (!Cursor.TryPosition(x, out var start))
        {
            return Cursor.Invalid;
        }

        var crm = Crm(x);
        var (page, next) = read(crm, start, Cursor.Size(x, "pageSize", 25, 100));
        return Answer.Ok(new { data = page.Select(item => show(crm, item)), cursor = Cursor.Of(next) });
    }

    private static object ShowEngagement(CrmStore crm, Engagement e)
    {
        var json = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = e.Ref.Id,
            ["externalId"] = e.Ref.ExternalId,
            ["engagementType"] = e.Data.TryGetProperty("engagementType", out var type)
                ? type.GetProperty("name").GetString()
                : "appointment",
            ["createdAt"] = e.CreatedAt,
            ["updatedAt"] = e.UpdatedAt,
            ["organizationId"] = crm.Organization.Id,
        };
        foreach (var name in (ReadOnlySpan<string>)["direction", "subject", "content", "startTime", "startTimeLocalized", "endTime"])
        {
            if (e.Data.TryGetProperty(name, out var value))
            {
                json[name] = value;
            }
        }

        Put(json, "recordingId", e.RecordingId);
        Put(json, "opportunityId", e.Opportunity?.Id);
        Put(json, "accountId", e.Account?.Id);
        Put(json, "account", e.Account);
        json["engagementUsers"] = e.Users.Select(u => new { id = u.Ref.Id, externalId = u.Ref.ExternalId, email = u.Email });
        return json;
    }

    private static object ShowOpportunity(CrmStore crm, Opportunity o)
    {
        var json = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = o.Ref.Id,
            ["externalId"] = o.Ref.ExternalId,
            ["createdAt"] = o.CreatedAt,
            ["updatedAt"] = o.UpdatedAt,
            ["organizationId"] = crm.Organization.Id,
        };
        foreach (var name in (ReadOnlySpan<string>)["name", "amount", "closedAt", "disposition"])
        {
            if (o.Data.TryGetProperty(name, out var value))
            {
                json[name] = value;
            }
        }

        Put(json, "recordingId", o.RecordingId);
        Put(json, "accountId", o.Account?.Id);
        Put(json, "account", o.Account);
        return json;
    }

    private static void Put(Dictionary<string, object?> json, string name, object? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
