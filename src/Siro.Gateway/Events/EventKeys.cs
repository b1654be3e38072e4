using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>Names in Redis that belong to the events alone; the events themselves are in their organization's slot (<see cref="Store.OrganizationStore"/>).</summary>
internal static class EventKeys
{
    /// <summary>The channel on which new events are announced; the payload is the organization.</summary>
    public const string Channel = "webhooks:events";

    /// <summary>The lease of an organization's fan-out.</summary>
    public static string FanoutLease(OrganizationKey organization) => "webhooks-fanout:" + organization.Value;
}
