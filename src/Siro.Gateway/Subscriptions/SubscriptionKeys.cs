using Siro.Gateway.Store;

namespace Siro.Gateway.Subscriptions;

/// <summary>
/// Names in Redis that belong to the subscriptions alone; they themselves are in their organization's slot (<see
/// cref="OrganizationStore"/>).
/// </summary>
internal static class SubscriptionKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("hub:ORGANIZATION", "subs", KeyType.Hash, null, "subscriptions"),
        new("hub:ORGANIZATION", "subrev", KeyType.Hash, null, "their revisions"),
        new("hub:ORGANIZATION", "subop", KeyType.Hash, null, "the operation that last changed each"),
        new("hub:ORGANIZATION", "since", KeyType.Hash, null, "the number after which each takes events"),
        new("hub:ORGANIZATION", "cursors", KeyType.Hash, null, "how far each reader has come"),
        new("hub:ORGANIZATION", "failing", KeyType.Hash, null, "since when the deliveries of each fail"),
    ];

    /// <summary>The channel on which changes of subscriptions are announced; the payload is the organization.</summary>
    public const string Channel = "webhooks:subscriptions";
}
