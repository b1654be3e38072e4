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

    /// <summary>The latest change seen in finished polls, as far as they began after it.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Mark { get; init; }

    /// <summary>The latest change seen in a poll under way.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Seen { get; init; }

    /// <summary>When the poll under way began; null in what an earlier version stored.</summary>
    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Begun { get; init; }

    /// <summary>The next page of a poll under way.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// The mark of the poll after this one: the latest change seen, but not after this poll's beginning. What changed since then may stand
    /// on a page that had been read, and a date from the future would hide all that follows. Never before this poll's own mark.
    /// </summary>
    public DateTimeOffset? NextMark()
    {
        // Where an earlier version stored no beginning, nothing is known but that it came after the mark.
        var seen = Seen > (Begun ?? Mark) ? Begun ?? Mark : Seen;
        return seen < Mark ? Mark : seen;
    }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BackfillData))]
[JsonSerializable(typeof(PollData))]
internal sealed partial class ReconciliationJson : JsonSerializerContext;
