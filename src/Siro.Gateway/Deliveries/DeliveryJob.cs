using Siro.Gateway.Jobs;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>A delivery as a stored job: the partition is organization and subscription, the job's id is the event's.</summary>
internal static class DeliveryJob
{
    public static readonly Job<DeliveryData> Declaration = new(
        "delivery",
        new JobStates(
            DeliveryState.Pending,
            Active: [DeliveryState.Retrying],
            Stopped: [DeliveryState.Dead, DeliveryState.Skipped, DeliveryState.Expired, DeliveryState.Dropped],
            Done: [DeliveryState.Delivered]),
        new DeliveryFormat())
    {
        Worker = configuration => new JobWorkerOptions
        {
            Concurrency = configuration.GetValue("Webhooks:Concurrency", 256),
            PartitionConcurrency = 100,
            Batch = 500,
            Lease = TimeSpan.FromSeconds(10),

            // A dead letter like any other: found, counted and replayed.
            CrashedState = DeliveryState.Dead,
            CrashedKeepFor = configuration.GetValue($"Webhooks:{nameof(WebhooksOptions.Retention)}", new WebhooksOptions().Retention),
        },
    };

    /// <summary>Separates an event's id from what makes a replay's job another than a forgotten first one; no event's id has it.</summary>
    public const char Again = '~';

    /// <summary>The event that a job delivers.</summary>
    public static string EventOf(JobId id) => id.Value.Split(Again)[0];
}

/// <summary>A delivery's state words, as the API shows them.</summary>
internal static class DeliveryState
{
    /// <summary>Not tried yet.</summary>
    public const string Pending = "pending";

    /// <summary>Failed, and due again.</summary>
    public const string Retrying = "retrying";

    /// <summary>Answered with 2xx.</summary>
    public const string Delivered = "delivered";

    /// <summary>All attempts failed, or the endpoint is gone: a dead letter.</summary>
    public const string Dead = "dead";

    /// <summary>The subscription was disabled.</summary>
    public const string Skipped = "skipped";

    /// <summary>The event was removed by retention before it could be delivered.</summary>
    public const string Expired = "expired";

    /// <summary>The subscription was deleted.</summary>
    public const string Dropped = "dropped";
}

/// <summary>A delivery's public id: the event's and the subscription's, so that it is the same whoever makes it.</summary>
internal readonly record struct DeliveryId(string EventId, SubscriptionId Subscription)
{
    /// <inheritdoc />
    public override string ToString() => $"{EventId}.{Subscription}";

    /// <summary>Takes it apart; null when it is none. Subscriptions' ids have no dot, events' may.</summary>
    public static DeliveryId? Parse(string text)
    {
        var dot = text.LastIndexOf('.');
        return dot > 0 && text.Length <= 200 && SubscriptionId.IsValid(text[(dot + 1)..])
            ? new DeliveryId(text[..dot], new SubscriptionId(text[(dot + 1)..]))
            : null;
    }
}
