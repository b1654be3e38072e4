namespace Siro.Gateway.Subscriptions;

/// <summary>Who has to know that a subscription with an endpoint has changed.</summary>
internal interface ISubscriptionListener
{
    /// <summary>The subscription is another than it was. Throws <see cref="Store.StoreUnavailableException"/>.</summary>
    Task ChangedAsync(Subscription changed, CancellationToken cancellationToken);
}
