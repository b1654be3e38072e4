namespace Siro.Gateway.Events;

/// <summary>Event types that the gateway itself makes.</summary>
internal static class EventTypes
{
    public const string RecordingReady = "recording.ready";
    public const string RecordingDeleted = "recording.deleted";
    public const string SubscriptionDisabled = "subscription.disabled";
    public const string Test = "siro-gateway.test";
    public const string Unknown = "unknown";

    /// <summary>The type for metrics: a few words, whatever a sender invents.</summary>
    public static string Label(string type) => type switch
    {
        "integrations.recordingProcessed" or "integrations.recordingLinked" or RecordingReady or RecordingDeleted or SubscriptionDisabled =>
            type,
        _ => "other",
    };
}
