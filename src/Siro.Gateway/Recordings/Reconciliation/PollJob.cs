using System.Text.Json.Serialization;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>One recurring job an organization, which is the partition: a poll, a pause, a poll.</summary>
internal static class PollJob
{
    public const string Polling = "polling";
    public const string Off = "off";

    public static readonly JobId Id = new("poll");

    public static readonly Job<PollData> Declaration = new(
        "reconcile", new JobStates(Polling, Active: [Off], Stopped: ["failed"], Done: []), ReconciliationJson.Default.PollData);
}

/// <summary>How far the polls have come.</summary>
internal sealed record PollData
{
    /// <summary>Nothing older is announced.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Start { get; init; }

    /// <summary>The latest change seen in finished polls.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Mark { get; init; }

    /// <summary>The latest change seen in a poll under way.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Seen { get; init; }

    /// <summary>The next page of a poll under way.</summary>
    public string? Cursor { get; init; }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BackfillData))]
[JsonSerializable(typeof(PollData))]
internal sealed partial class ReconciliationJson : JsonSerializerContext;
