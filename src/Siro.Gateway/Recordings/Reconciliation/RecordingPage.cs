using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>A recording as the list shows it.</summary>
internal sealed record ListedRecording(string Id, DateTimeOffset? UpdatedAt, RecordingState State);

/// <summary>One page of <c>GET /v1/core/recordings</c> on <c>external</c>, at background priority.</summary>
internal sealed class RecordingPages(SiroClient siro)
{
    /// <summary>Polling is never urgent: it waits as long as the budget needs.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Recordings and the next cursor. <paramref name="filter"/> is the query without page, e.g. <c>updatedAt:gte=...</c>, already encoded.
    /// </summary>
    public async Task<(IReadOnlyList<ListedRecording> Recordings, string? Cursor)> ReadAsync(
        OrganizationKey organization, string filter, int pageSize, string? cursor, CancellationToken cancellationToken)
    {
        var request = new SiroRequest
        {
            Organization = organization,
            Host = SiroHost.External,
            Client = ClientName.Gateway,
            Priority = Priority.Background,
            MaxWait = MaxWait,
            Operation = "GET /v1/core/recordings",
            Idempotent = true,
        };
        var path = $"/v1/core/recordings?{filter}&showCrmLinks=true&pageSize={pageSize.ToString(CultureInfo.InvariantCulture)}"
            + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor));
        using var answer = await siro.ReadAsync(request, HttpMethod.Get, path, null, cancellationToken);
        if (answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Array)
        {
            throw new ProblemException(new Problem(502, "siro_answer_unreadable", "Siro's list of recordings has an unknown shape."));
        }

        var next = answer.RootElement.TryGetProperty("cursor", out var c) && c.ValueKind == JsonValueKind.String ? c.GetString() : null;
        return ([.. data.EnumerateArray().Select(Read).OfType<ListedRecording>()], data.GetArrayLength() == 0 || next is ""
            || next == cursor ? null : next);
    }

    private static ListedRecording? Read(JsonElement recording)
    {
        if (recording.ValueKind != JsonValueKind.Object || Text(recording, "id") is not { Length: > 0 } id)
        {
            return null;
        }

        var linked = recording.TryGetProperty("crm", out var crm) && crm.ValueKind == JsonValueKind.Object;
        return new ListedRecording(
            id,
            Iso8601.Parse(Text(recording, "updatedAt")),
            new RecordingState(True(recording, "isProcessingDone"), linked)
            {
                // Siro has deleted the data of a recording that is too old; the recording itself it may go on listing as it was.
                Deleted = True(recording, "deleted") || Text(recording, "rootDataPurgedAt") is { Length: > 0 },
                SiroUserId = Text(recording, "userId"),
                Crm = linked ? crm.Clone() : default,
            });
    }

    private static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool True(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
