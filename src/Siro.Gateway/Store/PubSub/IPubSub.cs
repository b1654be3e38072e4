namespace Siro.Gateway.Store.PubSub;

/// <summary>
/// Best-effort announcements to the whole fleet, the sender included (pub/sub). A notice can be lost, so nothing
/// may depend on one: a consumer also polls, rarely.
/// </summary>
internal interface IPubSub
{
    /// <summary>Announces; false when the store could not take it. Never throws for a store that is down.</summary>
    ValueTask<bool> PublishAsync(string channel, string payload);

    /// <summary>
    /// Calls <paramref name="handler"/> for each notice until disposed, also after the store was away.
    /// The handler must be quick and must not throw.
    /// </summary>
    IDisposable Subscribe(string channel, Action<string> handler);
}
