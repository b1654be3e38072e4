using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Gateway.Sync;

/// <summary>One item as it came: its JSON, or why it could not be read.</summary>
internal sealed record SyncItem(JsonElement? Json, SyncIssue? Unreadable)
{
    /// <summary>The item's <c>externalId</c> where it has one.</summary>
    public string? ExternalId =>
        Json is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("externalId", out var id)
            && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
}

/// <summary>What became of an item.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SyncStatus>))]
public enum SyncStatus
{
    /// <summary>Siro has it (with <c>dryRun</c>: it would be sent).</summary>
    [JsonStringEnumMemberName("synced")]
    Synced,

    /// <summary>Not acceptable; sending it again changes nothing. The issues say why.</summary>
    [JsonStringEnumMemberName("rejected")]
    Rejected,

    /// <summary>Siro or the budget was not available; send it again later.</summary>
    [JsonStringEnumMemberName("retryable")]
    Retryable,
}

/// <summary>The answer for one item, in the order of the items.</summary>
/// <param name="ExternalId">The item's own id, null where it has none.</param>
/// <param name="Status">What became of it.</param>
public sealed record SyncResult(string? ExternalId, SyncStatus Status)
{
    /// <summary>Siro's issues, or the gateway's in the same shape; absent when synced.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SyncIssue>? Issues { get; init; }

    /// <summary>True when nothing was sent because the caller asked for a check alone; else absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? DryRun { get; init; }
}

/// <summary>The answer as one JSON document.</summary>
public sealed record SyncResults(IReadOnlyList<SyncResult> Data);
