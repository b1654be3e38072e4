using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>Where events go to, and what became of them there.</summary>
internal interface IDeliveries
{
    /// <summary>
    /// Makes a delivery of each event for each subscription that takes it, in their order. Returns when every one is confirmed; throws when
    /// one is not, and then the same events are to be handed out again, which makes none twice.
    /// </summary>
    Task EnqueueAsync(RegistrySnapshot registry, IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken);

    /// <summary>The events of a subscription's deliveries, newest first, in one state or all; and the next page's cursor.</summary>
    Task<(IReadOnlyList<string> Events, long? Cursor)> EventsOfAsync(
        Subscription subscription, string? state, DateTimeOffset? since, DateTimeOffset? until, long? cursor, int limit,
        CancellationToken cancellationToken);

    /// <summary>The deliveries of one event, as callers see them.</summary>
    Task<IReadOnlyList<object>> OfEventAsync(string eventId, IEnumerable<Subscription> subscriptions, CancellationToken cancellationToken);
}
