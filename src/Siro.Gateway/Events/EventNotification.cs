using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Store.PubSub;

namespace Siro.Gateway.Events;

/// <summary>
/// Wakes whoever waits for an organization's events, here and in the other replicas. Only a hint: every waiter also looks by itself.
/// </summary>
internal sealed class EventNotification : IDisposable
{
    private readonly IPubSub _pubSub;
    private readonly StoreClock _clock;
    private readonly ConcurrentDictionary<OrganizationKey, TaskCompletionSource> _waiting = new();
    private readonly ConcurrentDictionary<OrganizationKey, int> _publishing = new();
    private readonly IDisposable _subscription;

    public EventNotification(IPubSub pubSub, StoreClock clock)
    {
        _pubSub = pubSub;
        _clock = clock;
        _subscription = pubSub.Subscribe(EventKeys.Channel, organization => Wake(new OrganizationKey(organization)));
    }

    /// <summary>There is something new. The notifications of a burst become few: one is under way at a time.</summary>
    public void Announce(OrganizationKey organization)
    {
        Wake(organization);
        if (_publishing.AddOrUpdate(organization, 1, static (_, _) => 2) == 1)
        {
            _ = PublishAsync(organization);
        }
    }

    /// <summary>The next signal: take it first, then look, then wait for it, so that nothing falls in between.</summary>
    public Task Next(OrganizationKey organization) =>
        _waiting.GetOrAdd(organization, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Waits for a signal, at most <paramref name="most"/>.</summary>
    public async Task WaitAsync(Task next, TimeSpan most, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(next, _clock.Delay(most, stop.Token));
        await stop.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _subscription.Dispose();

    private void Wake(OrganizationKey organization)
    {
        if (_waiting.TryRemove(organization, out var source))
        {
            source.TrySetResult();
        }
    }

    private async Task PublishAsync(OrganizationKey organization)
    {
        do
        {
            _publishing[organization] = 1;
            await _pubSub.PublishAsync(EventKeys.Channel, organization.Value);
        }
        while (!_publishing.TryRemove(new KeyValuePair<OrganizationKey, int>(organization, 1)));
    }
}
