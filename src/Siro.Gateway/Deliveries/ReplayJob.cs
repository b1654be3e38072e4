using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Deliveries;

/// <summary>A replay as a stored job; the partition is the organization.</summary>
internal static class ReplayJob
{
    public static readonly Job<ReplayData> Declaration = new(
        "replay",
        new JobStates(
            ReplayState.Replaying,
            Active: [],
            Stopped: [ReplayState.Paused, ReplayState.Cancelled, ReplayState.Dropped, ReplayState.Failed],
            Done: [ReplayState.Done]),
        ReplayJson.Default.ReplayData)
    {
        Worker = _ => new JobWorkerOptions { Concurrency = 2 },
    };
}

/// <summary>What is replayed, and how far it is. Each part of the filter is stored; empty where it says nothing.</summary>
internal sealed record ReplayData
{
    public string Subscription { get; init; } = "";

    public string Status { get; init; } = "";

    public string Since { get; init; } = "";

    public string Until { get; init; } = "";

    public string Type { get; init; } = "";

    public int Limit { get; init; }

    /// <summary>How many the filter covered when it began.</summary>
    public int Count { get; init; }

    /// <summary>Where the next step begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long At { get; init; }

    /// <summary>Deliveries that it made due again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Done { get; init; }

    [JsonIgnore]
    public ReplayFilter Filter => new(
        Status is { Length: > 0 } status ? status : null,
        Iso8601.Parse(Since),
        Iso8601.Parse(Until),
        Type is { Length: > 0 } type ? type : null,
        Limit);

    public static ReplayData Of(string subscription, ReplayFilter filter, int count) => new()
    {
        Subscription = subscription,
        Status = filter.Status ?? "",
        Since = filter.Since?.ToString("O", CultureInfo.InvariantCulture) ?? "",
        Until = filter.Until?.ToString("O", CultureInfo.InvariantCulture) ?? "",
        Type = filter.Type ?? "",
        Limit = filter.Limit,
        Count = count,
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ReplayData))]
internal sealed partial class ReplayJson : JsonSerializerContext;
