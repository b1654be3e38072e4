using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>A call on its way into Siro; the partition is the organization.</summary>
internal static class CallJob
{
    public static readonly Job<CallData> Declaration = new(
        "call",
        new JobStates(
            CallState.Notified,
            Active: [CallState.Waiting, CallState.Fetching, CallState.Forwarding],
            Stopped: [CallState.NeedsRep, CallState.Failed, CallState.Uncertain],
            Done: [CallState.Created]),
        CallJson.Default.CallData)
    {
        Worker = configuration =>
        {
            var most = configuration.GetValue("Calls:Concurrency", 8);
            return new JobWorkerOptions { Concurrency = most, PartitionConcurrency = most };
        },
        Overview = new JobOverview("calls", "A call", "are there enough replicas, and does the provider answer?")
        {
            HasPage = true,
            Problems =
            [
                new JobProblem(
                    CallState.NeedsRep, "calls_need_rep", "1 call needs a rep", "{0} calls need a rep",
                    "Nobody said who made the call, so Siro would never process it.", "Assign"),
                new JobProblem(
                    CallState.Failed, "calls_failed", "1 call failed for good", "{0} calls failed for good",
                    "Each says why, and can be tried again.", "See why"),
            ],
        },
    };
}

/// <summary>What is stored of a call.</summary>
internal sealed record CallData
{
    /// <summary>Encrypted: it names people, and its URL may grant access.</summary>
    [Encrypted]
    public CallNotice? Notice { get; init; }

    /// <summary>The Siro user whose token the upload uses.</summary>
    public string? User { get; init; }

    /// <summary>The configured source that it came from, or null for <c>POST /v1/calls</c>.</summary>
    public string? Source { get; init; }

    /// <summary>The upload's id.</summary>
    public string? Upload { get; init; }

    /// <summary>The recording's id in Siro.</summary>
    public string? Recording { get; init; }

    /// <summary>Tries of the recording that have failed since the last person's retry.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Tries { get; init; }

    /// <summary>Since when it is being tried, if not since it was stored.</summary>
    [JsonConverter(typeof(UnixMomentConverter))]
    public DateTimeOffset? Since { get; init; }

    public CallFailure? Failure { get; init; }

    /// <summary>To be tried from the beginning.</summary>
    public CallData Anew(DateTimeOffset now) => this with { Tries = 0, Failure = null, Since = now };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CallData))]
internal sealed partial class CallJson : JsonSerializerContext;
