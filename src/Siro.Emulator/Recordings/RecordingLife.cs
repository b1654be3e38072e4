using Siro.Emulator.Organizations;
using Siro.Emulator.Sync;
using Siro.Emulator.Webhooks;

namespace Siro.Emulator.Recordings;

/// <summary>What happens to a recording after its creation: it is processed and linked, in either order, each with an event.</summary>
public sealed class RecordingLife
{
    /// <summary>Siro's two event types.</summary>
    public const string ProcessedEvent = "integrations.recordingProcessed";

    public const string LinkedEvent = "integrations.recordingLinked";

    private readonly EmulatorState _state;
    private readonly EmulatorOptions _options;
    private readonly WebhookSender _sender;
    private readonly Background _background;
    private readonly Random _chance;

    internal RecordingLife(EmulatorState state, EmulatorOptions options, WebhookSender sender, Background background)
    {
        _state = state;
        _options = options;
        _sender = sender;
        _background = background;
        _chance = new Random(options.Seed + 3);
    }

    /// <summary>The webhook's payload for the recording's present state.</summary>
    public static object Payload(Recording recording, string eventType)
    {
        var payload = new Dictionary<string, object?>(StringComparer.Ordinal) { ["recordingId"] = recording.Id };
        if (recording.UserId is not null)
        {
            payload["siroUserId"] = recording.UserId;
        }

        payload["recordingProcessed"] = recording.Processed;
        payload["recordingLinked"] = recording.Crm is not null;
        payload["eventType"] = eventType;
        if (recording.Crm is { } crm)
        {
            payload["crm"] = RecordingJson.Crm(crm);
        }

        return payload;
    }

    /// <summary>A recording that came without an upload, such as one made on a phone; nothing happens to it by itself.</summary>
    public Recording Add(Organization organization, SiroUser? rep, string title, DateTimeOffset createdAt)
    {
        var now = Moment.Now(_options.Time);
        var recording = new Recording
        {
            Id = Identifiers.NewUuid(),
            OrganizationId = organization.Id,
            UserId = rep?.Id,
            Title = title,
            CreatedAt = Moment.Trim(createdAt),
            ReceivedAt = now,
            UpdatedAt = now,
            DurationInMilliseconds = 60_000,
            FileType = "mp3",
        };
        _state.Recordings.Add(recording);
        return recording;
    }

    /// <summary>
    /// Many recordings, the last of them now and the others before it at even distances, linked to engagements of their own.
    /// </summary>
    /// <param name="announce">Sends their events; without, they are as if every webhook had been lost.</param>
    public IReadOnlyList<Recording> AddMany(
        Organization organization, int count, bool processed, bool linked, bool announce, TimeSpan spread)
    {
        var now = Moment.Now(_options.Time);
        var crm = _state.Crm(organization);
        var (users, _) = organization.Users.Page(0, 100);
        var added = new List<Recording>(count);
        for (var number = 0; number < count; number++)
        {
            var rep = users.Count == 0 ? null : users[number % users.Count];
            var recording = Add(organization, rep, $"Recording {number + 1}", now - ((count - 1 - number) * spread));
            if (processed)
            {
                Process(recording, announce);
            }

            if (linked)
            {
                Link(recording,
                    new CrmLinks(organization.Connections.Count > 0 ? organization.Connections[0].Id : "", Reps(crm, rep),
                    crm.Remember("Engagement", $"appt-of-{recording.Id}"), null, [], null, null), announce);
            }

            added.Add(recording);
        }

        return added;
    }

    /// <summary>Marks it processed, with summary and extractions, and sends the event.</summary>
    public void Process(Recording recording, bool announce = true)
    {
        recording.Summary =
        [
            new SummarySection(Identifiers.NewUuid(), "Overview",
                $"The rep and the customer talked about {(recording.Title.Length > 0 ? recording.Title : "the offer")}."),
            new SummarySection(Identifiers.NewUuid(), "Next Steps", "Send a written proposal by Friday."),
        ];
        recording.Extractions =
        [
            new EntityExtraction(Identifiers.NewUuid(), Identifiers.NewUuid(), "Budget",
                [new ExtractedValue("Budget", "$40,000 - $50,000", [new CrmMapping("Opportunity", "Budget__c")])]),
            new EntityExtraction(Identifiers.NewUuid(), Identifiers.NewUuid(), "Timeline",
                [new ExtractedValue(
                "Timeline", "Spring", [new CrmMapping("Opportunity", "Timeline__c"), new CrmMapping("Account", "Season__c")])]),
        ];
        recording.Processed = true;
        Touch(recording);
        if (announce)
        {
            Announce(recording, ProcessedEvent);
        }
    }

    /// <summary>Links it to CRM records, and sends the event.</summary>
    public void Link(Recording recording, CrmLinks links, bool announce = true)
    {
        recording.Crm = links;
        Touch(recording);
        var organization = _state.Organization(recording.OrganizationId)!;
        if (links.Engagement is { } engagement && _state.Crm(organization).EngagementByExternalId(engagement.ExternalId) is { } known)
        {
            known.RecordingId = recording.Id;
        }

        if (links.Opportunity is { } opportunity && _state.Crm(organization).OpportunityByExternalId(opportunity.ExternalId) is { } deal)
        {
            deal.RecordingId = recording.Id;
        }

        if (announce)
        {
            Announce(recording, LinkedEvent);
        }
    }

    /// <summary>Marks it deleted: lists go on returning it, no event is sent.</summary>
    public void Delete(Recording recording)
    {
        recording.Deleted = true;
        recording.DeletedAt = Moment.Now(_options.Time);
        Touch(recording);
    }

    /// <summary>
    /// Siro deletes the data of an old recording: lists name it with <c>rootDataPurgedAt</c>, its detail on platform is gone, no event is
    /// sent.
    /// </summary>
    public void Purge(Recording recording)
    {
        recording.PurgedAt = Moment.Now(_options.Time);
        recording.Summary = [];
        recording.Extractions = [];
        Touch(recording);
    }

    /// <summary>Sends one of the two events with the recording's present state.</summary>
    public WebhookMessage Announce(Recording recording, string eventType) =>
        _sender.Emit(_state.Organization(recording.OrganizationId)!, eventType, Payload(recording, eventType));

    internal void Begin(Recording recording)
    {
        if (recording.NeverProcessed is null)
        {
            _background.Run(stop => LiveAsync(recording, stop));
        }
    }

    private async Task LiveAsync(Recording recording, CancellationToken stop)
    {
        await Task.Delay(_options.ProcessingDelay, _options.Time, stop);
        var links = FindLinks(recording);
        if (links is null)
        {
            Process(recording);
            return;
        }

        var linkedFirst = _options.WebhookOrder == WebhookOrder.LinkedFirst || (_options.WebhookOrder == WebhookOrder.Random && Heads());
        if (linkedFirst)
        {
            Link(recording, links);
            await Task.Delay(_options.LinkingDelay, _options.Time, stop);
            Process(recording);
        }
        else
        {
            Process(recording);
            await Task.Delay(_options.LinkingDelay, _options.Time, stop);
            Link(recording, links);
        }

        if (_options.WebhookOrder == WebhookOrder.BothTwice)
        {
            Announce(recording, ProcessedEvent);
            Announce(recording, LinkedEvent);
        }
    }

    /// <summary>The links that a recording's CRM objects make. Objects that Siro doesn't know make none, and nothing says so.</summary>
    private CrmLinks? FindLinks(Recording recording)
    {
        var organization = _state.Organization(recording.OrganizationId)!;
        var crm = _state.Crm(organization);
        var user = recording.UserId is null ? null : organization.Users.ById(recording.UserId);
        var known = recording.CrmObjects.Select(o => (o.Type, Ref: crm.Find(o.Type, o.Id))).Where(o => o.Ref is not null).ToArray();
        if (known.Length == 0)
        {
            return recording.CrmObjects.Count == 0 && _options.MatchEngagements
                && crm.Match(user?.Email, user?.ExternalId, recording.CreatedAt) is { } match
                ? Links(recording, organization, user, match)
                : null;
        }

        CrmRef? Of(params string[] types) => Array.Find(known, o => types.Contains(o.Type, StringComparer.Ordinal)).Ref;
        var engagement = Of("Engagement", "Event", "ServiceAppointment");
        var synced = engagement is null ? null : crm.EngagementByExternalId(engagement.ExternalId);
        var whole = synced is null ? null : Links(recording, organization, user, synced);
        return new CrmLinks(
            recording.IntegrationConnectionId ?? whole?.IntegrationConnectionId ?? "",
            whole?.Users ?? Reps(crm, user),
            engagement,
            Of("Opportunity") ?? whole?.Opportunity,
            [.. known.Where(o => o.Type == "Contact").Select(o => o.Ref!)],
            Of("Account") ?? whole?.Account,
            Of("Lead") ?? whole?.Lead);
    }

    private static CrmLinks Links(Recording recording, Organization organization, SiroUser? user, Engagement engagement) => new(
        recording.IntegrationConnectionId ?? (organization.Connections.Count > 0 ? organization.Connections[0].Id : ""),
        engagement.Users.Count > 0 ? [.. engagement.Users.Select(u => u.Ref)] : user?.ExternalId is { } id ? [new CrmRef(user.Id, id)] : [],
        engagement.Ref,
        engagement.Opportunity,
        engagement.Contact is { } contact ? [contact] : [],
        engagement.Account,
        engagement.Lead);

    private static IReadOnlyList<CrmRef> Reps(CrmStore crm, SiroUser? user) =>
        user?.ExternalId is { } externalId ? [crm.Remember("User", externalId)] : [];

    private bool Heads()
    {
        lock (_chance)
        {
            return _chance.Next(2) == 0;
        }
    }

    /// <summary>Moves updatedAt, always forward.</summary>
    private void Touch(Recording recording)
    {
        var now = Moment.Now(_options.Time);
        recording.UpdatedAt = now > recording.UpdatedAt ? now : recording.UpdatedAt.AddMilliseconds(1);
    }
}
