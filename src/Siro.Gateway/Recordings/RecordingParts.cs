using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siro.Gateway.Recordings;

/// <summary>What a merged recording may carry beyond its detail.</summary>
[Flags]
public enum RecordingParts
{
    /// <summary>The detail alone.</summary>
    None = 0,

    /// <summary><c>summary:[{name, content}]</c>.</summary>
    Summary = 1,

    /// <summary><c>entityExtractions:[{name, value, mappings}]</c>.</summary>
    EntityExtractions = 2,

    /// <summary><c>crm</c>: the ids of the linked CRM objects, or null.</summary>
    Crm = 4,

    /// <summary><c>evaluationScore</c>: Siro's score as it is now, or null.</summary>
    EvaluationScore = 8,

    /// <summary><c>followups</c>: whole, where a list has ids and scores alone.</summary>
    Followups = 16,

    /// <summary>What is there without being asked for by name.</summary>
    All = Summary | EntityExtractions | Crm,
}

/// <summary>Reads <c>include=summary,entityExtractions,crm</c>.</summary>
internal static class RecordingPartsText
{
    /// <summary>The names, as they stand in <c>include</c> and in the body.</summary>
    public static readonly IReadOnlyDictionary<string, RecordingParts> Names = new Dictionary<string, RecordingParts>(
        StringComparer.Ordinal)
    {
        ["summary"] = RecordingParts.Summary,
        ["entityExtractions"] = RecordingParts.EntityExtractions,
        ["crm"] = RecordingParts.Crm,
        ["evaluationScore"] = RecordingParts.EvaluationScore,
        ["followups"] = RecordingParts.Followups,
    };

    /// <summary>Those that Siro gives in two shapes: they are taken over in the gateway's own.</summary>
    public static bool IsShaped(string name) => name is "summary" or "entityExtractions" or "crm";

    /// <summary>The parts named, and those words that name none.</summary>
    public static (RecordingParts Parts, IReadOnlyList<string> Unknown) Parse(string? include)
    {
        var words = (include ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var parts = words.Aggregate(RecordingParts.None, (all, word) => all | Names.GetValueOrDefault(word));
        return (parts, [.. words.Where(w => !Names.ContainsKey(w))]);
    }
}

/// <summary>
/// Siro has two shapes of a summary and two of extractions; this is the one place that knows them.
/// On <c>platform</c> a summary is one text and extractions are nested per definition with a status;
/// on <c>external</c> a summary is a list of sections and extractions are flat with mappings.
/// </summary>
internal static class RecordingShapes
{
    /// <summary>Sections <c>{name, content}</c> from either shape; empty when there is no summary yet.</summary>
    public static JsonArray Summary(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array =>
            [.. value.EnumerateArray().Where(s => s.ValueKind == JsonValueKind.Object).Select(s => (JsonNode)new JsonObject
        {
            ["name"] = Copy(s, "name"),
            ["content"] = Copy(s, "content"),
        })],
        JsonValueKind.String => Sections(value.GetString()!),
        _ => [],
    };

    /// <summary>Flat <c>{name, value, mappings}</c> from either shape; extractions that failed or are not done are left out.</summary>
    public static JsonArray Extractions(JsonElement value)
    {
        var flat = new JsonArray();
        if (value.ValueKind != JsonValueKind.Array)
        {
            return flat;
        }

        foreach (var element in value.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object))
        {
            if (!element.TryGetProperty("extraction", out var nested))
            {
                flat.Add(Flat(element));
            }
            else if (nested.ValueKind == JsonValueKind.Array && Succeeded(element))
            {
                foreach (var entry in nested.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object))
                {
                    flat.Add(Flat(entry));
                }
            }
        }

        return flat;
    }

    /// <summary>Siro's statuses: IN_PROGRESS, SUCCESS, FAIL, and SYNCED for one that succeeded and is in the CRM.</summary>
    private static bool Succeeded(JsonElement extraction) =>
        !extraction.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String || !Lacking(status.GetString()!);

    private static bool Lacking(string status) =>
        status.StartsWith("FAIL", StringComparison.OrdinalIgnoreCase) || status.Equals("IN_PROGRESS", StringComparison.OrdinalIgnoreCase);

    private static JsonObject Flat(JsonElement entry) => new()
    {
        ["name"] = Copy(entry, "name"),
        ["value"] = Copy(entry, "value"),
        ["mappings"] = entry.TryGetProperty("mappings", out var mappings) && mappings.ValueKind == JsonValueKind.Array
            ? JsonNode.Parse(mappings.GetRawText())
            : new JsonArray(),
    };

    private static JsonNode? Copy(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? JsonNode.Parse(value.GetRawText()) : null;

    /// <summary>Siro joins sections as <c>Name:\ncontent</c>, parted by an empty line; a text of another form is one section.</summary>
    private static JsonArray Sections(string text)
    {
        var sections = new List<(string Name, string Content)>();
        foreach (var block in text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var end = block.IndexOf('\n', StringComparison.Ordinal);
            if (end > 1 && block[end - 1] == ':' && end <= 120)
            {
                sections.Add((block[..(end - 1)].Trim(), block[(end + 1)..].Trim()));
            }
            else if (sections.Count > 0)
            {
                sections[^1] = (sections[^1].Name, sections[^1].Content + "\n\n" + block.Trim());
            }
            else
            {
                sections.Add(("Summary", block.Trim()));
            }
        }

        return [.. sections.Where(s => s.Content.Length > 0 || s.Name != "Summary")
            .Select(s => (JsonNode)new JsonObject { ["name"] = s.Name, ["content"] = s.Content })];
    }
}
