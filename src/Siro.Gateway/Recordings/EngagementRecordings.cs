using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Recordings;

/// <summary>From an engagement to its recording: the CRM guide's polling flow (4.4), by Siro's id or the CRM's own.</summary>
internal sealed class EngagementRecordings(SiroClient siro)
{
    /// <summary>How soon asking again makes sense: a recording appears within 30 minutes, so a minute costs little.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    private static readonly JsonElement Nothing = JsonElement.Parse("null");

    private static readonly Problem NotFound = new(404, "engagement_not_found", "Siro has no engagement with this id or CRM id.");

    /// <summary>
    /// The recording's id. Throws <see cref="ProblemException"/>: 404 <c>engagement_not_found</c>, 404 <c>not_linked_yet</c> with
    /// Retry-After, 409 <c>engagement_ambiguous</c>, 502 <c>siro_answer_unreadable</c>.
    /// </summary>
    public async Task<string> FindAsync(RecordingReading reading, string engagement, CancellationToken cancellationToken)
    {
        using var byId = await ByIdAsync(reading, engagement, cancellationToken);
        using var byExternalId = Body(byId).ValueKind is JsonValueKind.Null
            ? await ByExternalIdAsync(reading, engagement, cancellationToken)
            : null;
        var found = Body(byExternalId ?? byId);
        if (found.ValueKind == JsonValueKind.Array)
        {
            found = found.GetArrayLength() switch
            {
                0 => throw new ProblemException(NotFound),
                1 => found[0],
                _ => throw new ProblemException(
                    new Problem(409, "engagement_ambiguous", "Several engagements have this CRM id. Use Siro's id.")),
            };
        }

        if (found.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(found.ValueKind == JsonValueKind.Null
                ? NotFound
                : new Problem(502, "siro_answer_unreadable", "Siro's engagement has an unknown shape."));
        }

        return found.TryGetProperty("recordingId", out var id) && id.ValueKind == JsonValueKind.String
            && id.GetString() is { Length: > 0 } recordingId
            ? recordingId
            : throw new ProblemException(
                new Problem(404, "not_linked_yet", "Siro has not linked a recording to this engagement yet.") { RetryAfter = AskAgain });
    }

    /// <summary>Siro wraps some answers in <c>data</c> and others not; JSON's null where there is no answer.</summary>
    private static JsonElement Body(JsonDocument? answer) =>
        answer is null ? Nothing
        : answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("data", out var data) ? data
        : answer.RootElement;

    private async Task<JsonDocument?> ByIdAsync(RecordingReading reading, string engagement, CancellationToken cancellationToken)
    {
        try
        {
            return await siro.ReadAsync(Request(reading, "GET /v1/integrations/engagements/{id}"), HttpMethod.Get,
                "/v1/integrations/engagements/" + Uri.EscapeDataString(engagement), null, cancellationToken);
        }
        catch (ProblemException e) when (e.Problem.Code is "siro_not_found" or "siro_rejected")
        {
            return null;
        }
    }

    private Task<JsonDocument> ByExternalIdAsync(RecordingReading reading, string engagement, CancellationToken cancellationToken) =>
        siro.ReadAsync(Request(reading, "GET /v1/integrations/engagements"), HttpMethod.Get, "/v1/integrations/engagements?externalId="
            + Uri.EscapeDataString(engagement), null, cancellationToken);

    private static SiroRequest Request(RecordingReading reading, string operation) => new()
    {
        Organization = reading.Organization,
        Host = SiroHost.External,
        Client = reading.Client,
        Priority = reading.Priority,
        Operation = operation,
        Idempotent = true,
    };
}
