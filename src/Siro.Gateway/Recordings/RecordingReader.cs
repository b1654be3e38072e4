using System.Text.Json;
using System.Text.Json.Nodes;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Recordings;

/// <summary>For whom a recording is read.</summary>
/// <param name="ReadsExternal">
/// Whether the caller may read <c>external</c>, which shows all of the organization's recordings: without a user nothing else decides what
/// it may see.
/// </param>
internal sealed record RecordingReading(
    OrganizationKey Organization, ClientName Client, UserId? ActingUser, Priority Priority, bool ReadsExternal);

/// <summary>
/// One recording, merged from Siro's two hosts. <c>platform</c> decides whether the acting user may see it and gives the detail;
/// <c>external</c> adds the CRM ids and the richer shapes. An organization without an OAuth app is read from <c>external</c> alone.
/// </summary>
internal sealed class RecordingReader(SiroClient siro, ISettings<SiroOptions> options)
{
    /// <summary>What only <c>external</c> knows.</summary>
    private const RecordingParts OfExternalAlone = RecordingParts.Crm | RecordingParts.EvaluationScore | RecordingParts.Followups;

    /// <summary>410 <c>recording_purged</c>.</summary>
    private static readonly Problem Purged = new(
        410, "recording_purged",
        "Siro has deleted this recording's data, because it is too old. It does not come back: drop what you keep of it, or keep "
            + "it yourself.");

    /// <summary>
    /// The recording's body. Throws <see cref="ProblemException"/>: 400 <c>acting_user_missing</c>, 404 <c>recording_not_found</c>, 410
    /// <c>recording_purged</c>, else as the Siro client says.
    /// </summary>
    public async Task<JsonObject> ReadAsync(
        RecordingReading reading, string recordingId, RecordingParts parts, CancellationToken cancellationToken)
    {
        var organization = options.Current.Find(reading.Organization);

        // Without a user the credential for platform is refused, and says what is missing (400 acting_user_missing).
        var asUser = organization?.OAuth is not null && (reading.ActingUser is not null || !reading.ReadsExternal);
        using var detail = asUser || organization?.UsesClientCredentials is true
            ? await GetDetailAsync(reading, recordingId, parts, mayRefuse: !asUser, cancellationToken)
            : null;
        var needsExternal = detail is null || (parts & OfExternalAlone) != RecordingParts.None;
        using var external = needsExternal
            ? await GetAddedAsync(reading, recordingId, parts, mayLack: detail is not null, cancellationToken)
            : null;
        var (platformBody, externalBody) = (
            detail is null ? (JsonElement?)null : Body(detail), external is null ? (JsonElement?)null : Body(external));
        return IsPurged(platformBody) || IsPurged(externalBody)
            ? throw new ProblemException(Purged)
            : Merge(platformBody, externalBody, parts);
    }

    /// <summary>Detail first; what only <c>external</c> knows is added; the parts in the gateway's one shape.</summary>
    internal static JsonObject Merge(JsonElement? platform, JsonElement? external, RecordingParts parts)
    {
        var merged = new JsonObject();
        foreach (var source in new[] { platform, external })
        {
            foreach (var property in source?.EnumerateObject() ?? default)
            {
                if (!RecordingPartsText.IsShaped(property.Name) && !merged.ContainsKey(property.Name))
                {
                    merged[property.Name] = property.Value.ValueKind == JsonValueKind.Null
                        ? null
                        : JsonNode.Parse(property.Value.GetRawText());
                }
            }
        }

        if (parts.HasFlag(RecordingParts.Summary))
        {
            merged["summary"] = Richer(external, platform, "summary", RecordingShapes.Summary);
        }

        if (parts.HasFlag(RecordingParts.EntityExtractions))
        {
            merged["entityExtractions"] = Richer(external, platform, "entityExtractions", RecordingShapes.Extractions);
        }

        if (parts.HasFlag(RecordingParts.Crm))
        {
            merged["crm"] = external is { } e && e.TryGetProperty("crm", out var crm) && crm.ValueKind == JsonValueKind.Object
                ? JsonNode.Parse(crm.GetRawText())
                : null;
        }

        foreach (var (part, name) in new[] { (RecordingParts.EvaluationScore, "evaluationScore"), (RecordingParts.Followups, "followups") })
        {
            if (parts.HasFlag(part))
            {
                merged[name] = external is { } from && from.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
                    ? JsonNode.Parse(value.GetRawText())
                    : null;
            }
        }

        return merged;
    }

    private static bool IsPurged(JsonElement? body) =>
        body is { } recording && recording.TryGetProperty("rootDataPurgedAt", out var at) && at.ValueKind == JsonValueKind.String
            && at.GetString()!.Length > 0;

    /// <summary>
    /// What <c>platform</c> shows. What it does not know may have been there once: then <c>external</c> still names it, without its data.
    /// </summary>
    /// <param name="mayRefuse">There is a client token and no user: null where <c>platform</c> does not take that kind, so that switching
    /// to client credentials takes nothing away from an organization that was read from <c>external</c> alone.</param>
    private async Task<JsonDocument?> GetDetailAsync(
        RecordingReading reading, string recordingId, RecordingParts parts, bool mayRefuse, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(
                reading, SiroHost.Platform, recordingId,
                Flags(("showSummary", parts, RecordingParts.Summary), ("showEntityExtractions", parts, RecordingParts.EntityExtractions)),
                cancellationToken);
        }
        catch (ProblemException e) when (mayRefuse && e.Problem.Code == SiroOutcome.Unauthorized.Code)
        {
            return null;
        }
        catch (ProblemException e) when (e.Problem.Code == "recording_not_found")
        {
            using var named = await GetAddedAsync(reading, recordingId, RecordingParts.None, mayLack: true, cancellationToken);
            throw named is not null && IsPurged(Body(named)) ? new ProblemException(Purged) : e;
        }
    }

    /// <summary>
    /// <c>external</c> has names and mappings where <c>platform</c> may have none; an empty answer of the one gives way to the other's.
    /// </summary>
    private static JsonArray Richer(JsonElement? external, JsonElement? platform, string name, Func<JsonElement, JsonArray> shape)
    {
        JsonArray Of(JsonElement? source) => source is { } s && s.TryGetProperty(name, out var value) ? shape(value) : [];
        return Of(external) is { Count: > 0 } first ? first : Of(platform);
    }

    /// <summary>
    /// What <c>external</c> adds. A recording that <c>platform</c> showed exists, so here it may be unknown: its links are then too.
    /// </summary>
    private async Task<JsonDocument?> GetAddedAsync(
        RecordingReading reading, string recordingId, RecordingParts parts, bool mayLack, CancellationToken cancellationToken)
    {
        var flags = Flags(
            ("showCrmLinks", parts, RecordingParts.Crm), ("showSummary", parts, RecordingParts.Summary),
            ("showEntityExtractions", parts, RecordingParts.EntityExtractions),
            ("showEvaluationScore", parts, RecordingParts.EvaluationScore), ("showFollowups", parts, RecordingParts.Followups));
        try
        {
            return await GetAsync(reading, SiroHost.External, recordingId, flags, cancellationToken);
        }
        catch (ProblemException e) when (mayLack && e.Problem.Code == "recording_not_found")
        {
            return null;
        }
    }

    private async Task<JsonDocument> GetAsync(
        RecordingReading reading, SiroHost host, string recordingId, string query, CancellationToken cancellationToken)
    {
        var request = new SiroRequest
        {
            Organization = reading.Organization,
            Host = host,
            Client = reading.Client,
            ActingUser = host is SiroHost.External ? null : reading.ActingUser,
            Scope = TokenScope.Read,
            Priority = reading.Priority,
            Operation = "GET /v1/core/recordings/{id}",
            Idempotent = true,
        };
        try
        {
            return await siro.ReadAsync(
                request, HttpMethod.Get, $"/v1/core/recordings/{Uri.EscapeDataString(recordingId)}{query}", null, cancellationToken);
        }
        catch (ProblemException e) when (e.Problem.Code == "siro_not_found")
        {
            throw new ProblemException(e.Problem with { Code = "recording_not_found",
                Detail = "Siro knows no recording of that id that the acting user may see." }, e);
        }
    }

    /// <summary>Siro wraps the body in <c>data</c> on one host and not on the other.</summary>
    private static JsonElement Body(JsonDocument answer)
    {
        var body = answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("data", out var data)
            ? data
            : answer.RootElement;
        return body.ValueKind == JsonValueKind.Object
            ? body
            : throw new ProblemException(new Problem(502, "siro_answer_unreadable", "Siro's recording has an unknown shape."));
    }

    private static string Flags(params ReadOnlySpan<(string Name, RecordingParts Parts, RecordingParts Wanted)> flags)
    {
        var query = "";
        foreach (var (name, parts, wanted) in flags)
        {
            if (parts.HasFlag(wanted))
            {
                query += (query.Length == 0 ? '?' : '&') + name + "=true";
            }
        }

        return query;
    }
}
