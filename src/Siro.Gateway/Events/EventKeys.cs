using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Events;

/// <summary>
/// Names in Redis that belong to the events alone; the events themselves are in their organization's slot (<see
/// cref="OrganizationStore"/>).
/// </summary>
internal static class EventKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("hub:ORGANIZATION", "log", KeyType.SortedSet, null, "event ids by number"),
        new("hub:ORGANIZATION", "blocks", KeyType.SortedSet, null, "parts of the log that have a signature"),
        new("hub:ORGANIZATION", "bits:NUMBER", KeyType.String, null, "the signature of a part, to find text in it"),
        new("hub:ORGANIZATION", "inbox", KeyType.SortedSet, null, "events that are not handed to every subscription yet"),
        new("hub:ORGANIZATION", "ev:EVENT", KeyType.Hash, null, "an event with its body"),
        new("hub:ORGANIZATION", "of:RECORDING", KeyType.SortedSet, null, "a recording's events"),
        new("hub:ORGANIZATION", "seen:EVENT", KeyType.String, "`Webhooks:Retention`", "that an event id was taken"),
        new("hub:ORGANIZATION", "rec:RECORDING", KeyType.Hash, "a while after the last event", "what was announced of a recording"),
    ];

    /// <summary>The channel on which new events are announced; the payload is the organization.</summary>
    public const string Channel = "webhooks:events";

    /// <summary>The lease of an organization's fan-out.</summary>
    public static string FanoutLease(OrganizationKey organization) => "webhooks-fanout:" + organization.Value;
}
