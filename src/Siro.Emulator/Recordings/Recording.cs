using Siro.Emulator.Sync;

namespace Siro.Emulator.Recordings;

/// <summary>The CRM records that a recording is linked to, in the shape of webhooks and lists.</summary>
public sealed record CrmLinks(
    string IntegrationConnectionId,
    IReadOnlyList<CrmRef> Users,
    CrmRef? Engagement,
    CrmRef? Opportunity,
    IReadOnlyList<CrmRef> Contacts,
    CrmRef? Account,
    CrmRef? Lead);

/// <summary>A reason to call the customer again. Lists show its id and score alone.</summary>
public sealed record Followup(string Id, double Score, string Type, string Action);

/// <summary>A section of an AI summary.</summary>
public sealed record SummarySection(string Id, string Name, string Content);

/// <summary>A value found in the conversation and where it goes in the CRM.</summary>
public sealed record ExtractedValue(string Name, object? Value, IReadOnlyList<CrmMapping> Mappings);

public sealed record CrmMapping(string CrmModelName, string CrmFieldName);

/// <summary>The values of one entity definition.</summary>
public sealed record EntityExtraction(string Id, string DefinitionId, string DefinitionName, IReadOnlyList<ExtractedValue> Values);

/// <summary>A recorded conversation.</summary>
public sealed class Recording
{
    public required string Id { get; init; }

    public required string OrganizationId { get; init; }

    /// <summary>The rep; null when nobody could be found.</summary>
    public string? UserId { get; set; }

    public string Title { get; set; } = "";

    /// <summary>When the conversation was, as the creator said.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the create request was answered.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public long DurationInMilliseconds { get; set; }

    /// <summary>closed, not closed, in progress.</summary>
    public string? Result { get; set; }

    public string? ConversationType { get; set; }

    public bool? Discoverable { get; set; }

    public string FileType { get; set; } = "";

    /// <summary>The stored object's name; null for recordings made without an upload.</summary>
    public string? ObjectName { get; set; }

    public string? CustomerName { get; set; }

    public string? CustomerPhone { get; set; }

    public string? IntegrationConnectionId { get; set; }

    /// <summary>As sent: type and id.</summary>
    public IReadOnlyList<(string Type, string Id)> CrmObjects { get; set; } = [];

    /// <summary>The contract that it was created by.</summary>
    public string? Contract { get; set; }

    /// <summary>Why it will never be processed, such as no rep; null when it will be.</summary>
    public string? NeverProcessed { get; set; }

    public bool Processed { get; set; }

    public CrmLinks? Crm { get; set; }

    public bool Deleted { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>When Siro deleted the data of a recording that is too old: its detail is gone, lists still name it.</summary>
    public DateTimeOffset? PurgedAt { get; set; }

    /// <summary>Siro's score; a new one moves no <see cref="UpdatedAt"/>.</summary>
    public double EvaluationScore { get; set; } = 0.75;

    public IReadOnlyList<Followup> Followups { get; set; } = [];

    public IReadOnlyList<SummarySection> Summary { get; set; } = [];

    public IReadOnlyList<EntityExtraction> Extractions { get; set; } = [];
}
