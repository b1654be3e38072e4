namespace Siro.Gateway.Subscriptions;

/// <summary>Names in Redis that belong to the subscriptions alone; they themselves are in their organization's slot (<see cref="Store.OrganizationStore"/>).</summary>
internal static class SubscriptionKeys
{
    /// <summary>The channel on which changes of subscriptions are announced; the payload is the organization.</summary>
    public const string Channel = "webhooks:subscriptions";
}
