using System.Text.Json;
using Siro.Emulator.Organizations;

namespace Siro.Emulator.Sync;

/// <summary>A pair of Siro's id and the CRM's own.</summary>
public sealed record CrmRef(string Id, string ExternalId);

/// <summary>An appointment as synced.</summary>
public sealed class Engagement
{
    public required CrmRef Ref { get; init; }

    /// <summary>The last payload, as sent.</summary>
    public JsonElement Data { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Set once a recording is linked.</summary>
    public string? RecordingId { get; set; }

    public CrmRef? Account { get; set; }

    public CrmRef? Opportunity { get; set; }

    public CrmRef? Contact { get; set; }

    public CrmRef? Lead { get; set; }

    public IReadOnlyList<(CrmRef Ref, string? Email)> Users { get; set; } = [];

    public DateTimeOffset? StartTime { get; set; }

    public DateTimeOffset? EndTime { get; set; }
}

/// <summary>A deal as synced.</summary>
public sealed class Opportunity
{
    public required CrmRef Ref { get; init; }

    public JsonElement Data { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public string? RecordingId { get; set; }

    public CrmRef? Account { get; set; }
}

/// <summary>What one organization synced from its CRM. Upserts by the CRM's own ids.</summary>
public sealed class CrmStore(Organization organization, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Engagement> _engagements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Opportunity> _opportunities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _externalIds = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, string ExternalId), CrmRef> _refs = [];
    private readonly List<Engagement> _ordered = [];
    private readonly List<Opportunity> _orderedOpportunities = [];

    public Organization Organization => organization;

    public int EngagementCount => Count(_engagements);

    public int OpportunityCount => Count(_opportunities);

    public Engagement? EngagementByExternalId(string externalId) => Get(_engagements, externalId);

    public Opportunity? OpportunityByExternalId(string externalId) => Get(_opportunities, externalId);

    public Engagement? EngagementById(string id) => ByInternalId(_engagements, id);

    public Opportunity? OpportunityById(string id) => ByInternalId(_opportunities, id);

    /// <summary>A known object by its type (as in <c>crmObjects</c>) and either id; null for what was never synced.</summary>
    public CrmRef? Find(string objectType, string objectId)
    {
        lock (_gate)
        {
            var externalId = _externalIds.GetValueOrDefault(objectId) ?? objectId;
            return _refs.GetValueOrDefault((Kind(objectType), externalId));
        }
    }

    /// <summary>Makes an object known without a sync.</summary>
    public CrmRef Remember(string objectType, string externalId)
    {
        lock (_gate)
        {
            return Ref(Kind(objectType), externalId);
        }
    }

    /// <summary>An engagement of this rep that was under way at this time.</summary>
    public Engagement? Match(string? email, string? externalUserId, DateTimeOffset at)
    {
        lock (_gate)
        {
            return _ordered.Find(e => e.StartTime <= at && at <= (e.EndTime ?? e.StartTime!.Value.AddHours(1))
                && e.Users.Any(u => (email is not null && email.Equals(u.Email, StringComparison.OrdinalIgnoreCase))
                    || u.Ref.ExternalId == externalUserId));
        }
    }

    public (IReadOnlyList<Engagement> Page, int? Next) Engagements(int start, int size, Func<Engagement, bool> filter) =>
        Page(_ordered, start, size, filter);

    public (IReadOnlyList<Opportunity> Page, int? Next) Opportunities(int start, int size, Func<Opportunity, bool> filter) =>
        Page(_orderedOpportunities, start, size, filter);

    /// <summary>Upserts an engagement from a payload that was checked before.</summary>
    public Engagement SyncEngagement(JsonElement data)
    {
        var now = Moment.Now(time);
        lock (_gate)
        {
            var externalId = data.GetProperty("externalId").GetString()!;
            if (!_engagements.TryGetValue(externalId, out var engagement))
            {
                engagement = new Engagement { Ref = Ref("Engagement", externalId), CreatedAt = now };
                _engagements[externalId] = engagement;
                _ordered.Add(engagement);
            }

            engagement.Data = data;
            engagement.UpdatedAt = now;
            engagement.StartTime = Time(data, "startTime");
            engagement.EndTime = Time(data, "endTime");
            engagement.Account = Linked(data, "account", "Account") ?? engagement.Account;
            engagement.Opportunity = Linked(data, "opportunity", "Opportunity") ?? engagement.Opportunity;
            engagement.Contact = Linked(data, "contact", "Contact") ?? engagement.Contact;
            engagement.Lead = Linked(data, "lead", "Lead") ?? engagement.Lead;
            if (data.TryGetProperty("engagementUsers", out var users))
            {
                engagement.Users = [
                    .. users.EnumerateArray().Select(u => (Ref("User", u.GetProperty("externalId").GetString()!), Text(u, "email")))];
            }

            return engagement;
        }
    }

    /// <summary>Upserts an opportunity from a payload that was checked before.</summary>
    public Opportunity SyncOpportunity(JsonElement data)
    {
        var now = Moment.Now(time);
        lock (_gate)
        {
            var externalId = data.GetProperty("externalId").GetString()!;
            if (!_opportunities.TryGetValue(externalId, out var opportunity))
            {
                opportunity = new Opportunity { Ref = Ref("Opportunity", externalId), CreatedAt = now };
                _opportunities[externalId] = opportunity;
                _orderedOpportunities.Add(opportunity);
            }

            opportunity.Data = data;
            opportunity.UpdatedAt = now;
            opportunity.Account = Linked(data, "account", "Account") ?? opportunity.Account;
            return opportunity;
        }
    }

    private static string Kind(string objectType) => objectType is "Event" or "ServiceAppointment" ? "Engagement" : objectType;

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement data, string name) =>
        Moment.TryParse(Text(data, name), out var value) ? value : null;

    private CrmRef? Linked(JsonElement data, string property, string kind) =>
        data.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Object
            && Text(value, "externalId") is { } externalId
            ? Ref(kind, externalId)
            : null;

    private CrmRef Ref(string kind, string externalId)
    {
        if (!_refs.TryGetValue((kind, externalId), out var found))
        {
            found = new CrmRef(Identifiers.NewUuid(), externalId);
            _refs[(kind, externalId)] = found;
            _externalIds[found.Id] = externalId;
        }

        return found;
    }

    private int Count<T>(Dictionary<string, T> items)
    {
        lock (_gate)
        {
            return items.Count;
        }
    }

    private T? Get<T>(Dictionary<string, T> items, string externalId)
        where T : class
    {
        lock (_gate)
        {
            return items.GetValueOrDefault(externalId);
        }
    }

    private T? ByInternalId<T>(Dictionary<string, T> items, string id)
        where T : class
    {
        lock (_gate)
        {
            return _externalIds.TryGetValue(id, out var externalId) ? items.GetValueOrDefault(externalId) : null;
        }
    }

    private (IReadOnlyList<T> Page, int? Next) Page<T>(List<T> items, int start, int size, Func<T, bool> filter)
    {
        lock (_gate)
        {
            var page = new List<T>();
            for (var i = start; i < items.Count; i++)
            {
                if (!filter(items[i]))
                {
                    continue;
                }

                if (page.Count == size)
                {
                    return (page, i);
                }

                page.Add(items[i]);
            }

            return (page, null);
        }
    }
}
