using System.Text.Json;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Recordings;

/// <summary>Merged recordings: <c>/v1/recordings</c>, <c>/v1/engagements</c>.</summary>
public sealed class RecordingsClient
{
    private readonly GatewayTransport _transport;

    internal RecordingsClient(GatewayTransport transport) => _transport = transport;

    /// <summary>
    /// A recording with what both of Siro's hosts say; <c>recording_not_found</c> where there is none that the acting user may see.
    /// </summary>
    /// <param name="include"><c>summary</c>, <c>entityExtractions</c>, <c>crm</c>; null for none.</param>
    public async Task<Recording> GetAsync(string id, IEnumerable<string>? include = null, CancellationToken cancellationToken = default) =>
        (await ReadAsync($"/v1/recordings/{Paths.Segment(id, nameof(id))}", include, cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>
    /// The recording of an engagement, by the engagement's id in the CRM; <c>not_linked_yet</c> (with
    /// <see cref="SiroGatewayException.RetryAfter"/>) before Siro linked one.
    /// </summary>
    public async Task<Recording> GetOfEngagementAsync(
        string engagementId, IEnumerable<string>? include = null, CancellationToken cancellationToken = default) =>
        (await ReadAsync($"/v1/engagements/{Paths.Segment(engagementId, nameof(engagementId))}/recording", include, cancellationToken)
            .ConfigureAwait(false)).Data;

    private Task<RecordingAnswer> ReadAsync(string path, IEnumerable<string>? include, CancellationToken cancellationToken) =>
        _transport.SendAsync(
            HttpMethod.Get,
            Paths.Query(path, ("include", include is null ? null : string.Join(',', include))),
            GatewayJson.Default.RecordingAnswer,
            null,
            repeatable: true,
            cancellationToken);
}

internal sealed record RecordingAnswer(Recording Data);

/// <summary>A recording.</summary>
public sealed record Recording
{
    /// <summary>Siro's id.</summary>
    public required string Id { get; init; }

    /// <summary>Siro's id of the organization.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>The rep.</summary>
    public string? UserId { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Title { get; init; }

    /// <summary>The summary's sections, where they were asked for.</summary>
    public IReadOnlyList<SummarySection>? Summary { get; init; }

    /// <summary>What Siro extracted, where it was asked for.</summary>
    public IReadOnlyList<Extraction>? EntityExtractions { get; init; }

    /// <summary>Linked CRM objects, where they were asked for and linked.</summary>
    public JsonElement? Crm { get; init; }

    /// <summary>Everything else that Siro says of it.</summary>
    [System.Text.Json.Serialization.JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>A section of a summary.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Content">Its text.</param>
public sealed record SummarySection(string? Name, string? Content);

/// <summary>One extracted value.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The value.</param>
/// <param name="Mappings">CRM fields that it belongs to.</param>
public sealed record Extraction(string? Name, JsonElement? Value, IReadOnlyList<ExtractionMapping>? Mappings);

/// <summary>A field of the CRM.</summary>
/// <param name="CrmModelName">The object.</param>
/// <param name="CrmFieldName">The field.</param>
public sealed record ExtractionMapping(string CrmModelName, string CrmFieldName);
