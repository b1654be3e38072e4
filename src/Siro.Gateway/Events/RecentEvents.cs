using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Events;

/// <summary>
/// Events on their way through this process, for a few seconds: an event that goes to ten subscribers is read once, and one that this
/// replica has just handed out not at all. An event never changes; what retention removes is forgotten within seconds.
/// </summary>
internal sealed class RecentEvents(StoreClock clock)
{
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Dictionary<(OrganizationKey, string), StoredEvent> _young = [];
    private Dictionary<(OrganizationKey, string), StoredEvent> _old = [];
    private long _bytes;
    private long _since = clock.Timestamp();

    /// <summary>The event with its body, or null.</summary>
    public StoredEvent? Find(OrganizationKey organization, string id)
    {
        lock (_gate)
        {
            Rotate();
            return _young.GetValueOrDefault((organization, id)) ?? _old.GetValueOrDefault((organization, id));
        }
    }

    /// <summary>Keeps events that were read with their bodies.</summary>
    public void Add(OrganizationKey organization, IEnumerable<StoredEvent> events)
    {
        lock (_gate)
        {
            foreach (var e in events)
            {
                Rotate();
                if (_young.TryAdd((organization, e.Id), e))
                {
                    _bytes += e.Body.Length + 500;
                }
            }
        }
    }

    /// <summary>Forgets all: some were removed.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            (_young, _old, _bytes) = ([], [], 0);
        }
    }

    /// <summary>The young become the old, and those go: nothing stays longer than twice the age.</summary>
    private void Rotate()
    {
        var age = clock.Since(_since);
        if (_bytes >= MostBytes || age >= Age)
        {
            (_old, _young, _bytes, _since) = (age >= 2 * Age ? [] : _young, [], 0, clock.Timestamp());
        }
    }
}
