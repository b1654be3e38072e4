using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Events;

/// <summary>What waits in an organization's inbox, oldest first, with the version of the registry at that moment.</summary>
internal sealed record InboxBatch(long RegistryVersion, long Waiting, IReadOnlyList<StoredEvent> Events)
{
    /// <summary>The last one's number; 0 where there is none.</summary>
    public long Last => Events.Count > 0 ? Events[^1].Number : 0;
}

/// <summary>What became of taking events out of the inbox.</summary>
internal enum AdvanceStatus
{
    LaterOwner = 0,
    Done = 1,
    RegistryChanged = 2,
}

/// <summary>
/// The inbox of an organization, as the fan-out uses it. Every member throws <see cref="Store.StoreUnavailableException"/>.
/// </summary>
internal sealed class Inbox(OrganizationStore store, RecentEvents recent)
{
    private const int MostBytes = 2 * 1024 * 1024;

    /// <param name="after">Only events behind this number, for whoever has those before it in hand; 0 for all.</param>
    public async Task<InboxBatch> NextAsync(OrganizationKey organization, int most, CancellationToken cancellationToken, long after = 0)
    {
        var answer = await store.RunAsync(EventScripts.Next, organization, [most, MostBytes, after], cancellationToken);
        var events = EventLog.Rows(answer, 2);

        // They are about to be delivered, mostly by this replica.
        recent.Add(organization, events.Where(e => e.Number > 0));
        return new InboxBatch(EventLog.Number(answer[0]), (long)answer[1], events);
    }

    /// <summary>
    /// Takes events out, unless a later owner was here or the registry has changed since <paramref name="registryVersion"/>.
    /// </summary>
    public async Task<AdvanceStatus> AdvanceAsync(OrganizationKey organization, long fence, long registryVersion,
        IEnumerable<StoredEvent> events, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [fence, registryVersion.ToString(CultureInfo.InvariantCulture), .. events.Select(e => (RedisValue)e.Id)];
        return (AdvanceStatus)(int)await store.RunAsync(EventScripts.Advance, organization, arguments, cancellationToken);
    }
}
