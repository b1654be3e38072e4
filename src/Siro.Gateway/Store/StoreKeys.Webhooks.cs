using Siro.Gateway.Common;

namespace Siro.Gateway.Store;

internal static partial class StoreKeys
{
    internal static class Webhooks
    {
        /// <summary>
        /// What all keys of one organization's hub start with; they share a slot. The scripts append
        /// <c>meta</c> (hash: last number, registry version, bytes, fence, duplicates), <c>log</c> and <c>inbox</c> (sorted sets: number, event id),
        /// <c>ev:ID</c> (an event), <c>seen:ID</c> (that an id was taken), <c>rec:ID</c> (what was announced of a recording),
        /// <c>subs</c>, <c>subrev</c>, <c>subop</c>, <c>since</c>, <c>cursors</c>, <c>failing</c> (hashes by subscription).
        /// </summary>
        public static string Hub(OrganizationKey organization) => Key("hub:" + organization.Value, "");

        /// <summary>The notice channel on which new events are announced; the payload is the organization.</summary>
        public const string Events = "webhooks:events";

        /// <summary>The notice channel on which changes of subscriptions are announced; the payload is the organization.</summary>
        public const string Subscriptions = "webhooks:subscriptions";

        /// <summary>The lease of an organization's fan-out.</summary>
        public static string FanoutLease(OrganizationKey organization) => "webhooks-fanout:" + organization.Value;
    }
}
