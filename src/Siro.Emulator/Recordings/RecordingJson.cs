using Siro.Emulator.Validation;

namespace Siro.Emulator.Recordings;

/// <summary>Recordings as the hosts show them: the same facts in two shapes.</summary>
internal static class RecordingJson
{
    public static object Crm(CrmLinks links)
    {
        var crm = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["integrationConnectionId"] = links.IntegrationConnectionId,
            ["users"] = links.Users,
        };
        Put(crm, "engagement", links.Engagement);
        Put(crm, "opportunity", links.Opportunity);
        if (links.Contacts.Count > 0)
        {
            crm["contacts"] = links.Contacts;
        }

        Put(crm, "account", links.Account);
        Put(crm, "lead", links.Lead);
        return crm;
    }

    public static Dictionary<string, object?> External(Recording r, bool crm, bool summary, bool extractions, bool score, bool followups,
        bool inList = false, bool scoreless = false, ContractDrift drift = ContractDrift.None)
    {
        var json = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = r.Id,
            ["organizationId"] = r.OrganizationId,
            ["userId"] = r.UserId,
            ["title"] = r.Title,
            ["durationInMilliseconds"] = r.DurationInMilliseconds,
            ["latitude"] = 0,
            ["longitude"] = 0,
            ["result"] = r.Result switch { "closed" => "WON", "not closed" => "LOST", _ => "OPEN" },
            ["createdAt"] = r.CreatedAt,
            ["updatedAt"] = r.UpdatedAt,
            ["deleted"] = r.Deleted,
            ["deletedAt"] = r.DeletedAt,
            ["links"] = new { web = new { self = $"https://app.siro.ai/recordings/{r.Id}" } },
            ["isProcessingDone"] = r.Processed,
            ["isEntityExtractionDone"] = r.Processed,
            ["isSummaryDone"] = r.Processed,
        };
        if (r.PurgedAt is { } purged)
        {
            json["rootDataPurgedAt"] = purged;
        }

        if (drift.HasFlag(ContractDrift.MissingField))
        {
            json.Remove("title");
        }

        if (drift.HasFlag(ContractDrift.NewValue))
        {
            json["result"] = "ARCHIVED";
        }

        if (crm)
        {
            json["crm"] = r.Crm is null ? null : Crm(r.Crm);
        }

        if (summary)
        {
            json["summary"] = r.Summary;
        }

        if (extractions)
        {
            json["entityExtractions"] = r.Extractions.SelectMany(e => e.Values);
        }

        if (score)
        {
            json["evaluationScore"] = r.Processed && !scoreless ? r.EvaluationScore : null;
        }

        if (followups)
        {
            json["followups"] = inList
                ? r.Followups.Select(f => new { id = f.Id, score = f.Score }).ToArray<object>()
                : r.Followups.Select(f => new { followupId = f.Id, recordingId = r.Id, score = f.Score, followupType = f.Type,
                    followupAction = f.Action }).ToArray<object>();
        }

        return json;
    }

    public static Dictionary<string, object?> Platform(
        Recording r, bool summary, bool extractions, ContractDrift drift = ContractDrift.None)
    {
        var json = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = r.Id,
            ["dateCreated"] = r.CreatedAt,
            ["transcriptionStatus"] = r.Processed ? "COMPLETE" : "TRANSCRIBING",
            ["processingStatus"] = drift.HasFlag(ContractDrift.NewValue) ? "archived" : r.Processed ? "complete" : "in-progress",
            ["processingStage"] = r.Processed ? "done" : "processing",
            ["organizationId"] = r.OrganizationId,
            ["userId"] = r.UserId,
            ["title"] = r.Title,
            ["durationInMilliseconds"] = r.DurationInMilliseconds,
            ["deleted"] = r.Deleted,
            ["conversationType"] = r.ConversationType,
        };
        if (summary)
        {
            json["summary"] = string.Join("\n\n", r.Summary.Select(s => $"{s.Name}:\n{s.Content}"));
        }

        if (extractions)
        {
            json["entityExtractions"] = r.Extractions.Select(e => Extraction(r, e));
        }

        return json;
    }

    public static object PlatformItem(Recording r) => new
    {
        id = r.Id,
        dateCreated = r.CreatedAt,
        durationInMilliseconds = r.DurationInMilliseconds,
        result = r.Result,
        title = r.Title,
        isPrivate = r.Discoverable is false,
        userId = r.UserId,
        discoverable = r.Discoverable ?? true,
        isVideo = false,
    };

    public static object Extraction(Recording r, EntityExtraction e) => new
    {
        id = e.Id,
        recordingId = r.Id,
        siroEntityDefinitionId = e.DefinitionId,
        siroEntityDefinitionName = e.DefinitionName,
        siroEntityDefinitionDeleted = false,
        status = "SUCCESS",
        extraction = e.Values,
        createdAt = r.UpdatedAt,
        updatedAt = r.UpdatedAt,
        mappings = e.Values.SelectMany(v => v.Mappings),
    };

    private static void Put(Dictionary<string, object?> json, string name, object? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
