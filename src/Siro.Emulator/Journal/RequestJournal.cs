using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Journal;

/// <summary>Every request to every host, in order of arrival. Bounded: the oldest entries go first, the sequence goes on.</summary>
public sealed class RequestJournal(int capacity)
{
    private readonly Lock _gate = new();
    private readonly JournalEntry?[] _ring = new JournalEntry?[Math.Max(1, capacity)];
    private long _next = 1;
    private long _floor = 1;

    /// <summary>The number of the newest request; 0 before the first.</summary>
    public long Last
    {
        get
        {
            lock (_gate)
            {
                return _next - 1;
            }
        }
    }

    /// <summary>
    /// The entries after a number (exclusive) that match; a path may be a glob (<c>*</c> within a segment, <c>**</c> across).
    /// </summary>
    public IReadOnlyList<JournalEntry> Read(long since = 0, SiroHost? host = null, string? path = null, string? method = null)
    {
        var glob = path is null ? null : new PathGlob(path);
        return [.. Snapshot(since).Where(e =>
            (host is null || e.Host == host)
            && (method is null || e.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
            && (glob is null || glob.Matches(e.Path)))];
    }

    /// <summary>How many entries match.</summary>
    public int Count(SiroHost? host = null, string? path = null, string? method = null, int? status = null, long since = 0) =>
        Read(since, host, path, method).Count(e => status is null || e.Status == status);

    /// <summary>The requests that asked for a user token.</summary>
    public IReadOnlyList<JournalEntry> Mints(long since = 0) =>
        Read(since, SiroHost.External, "/v1/core/oauth/apps/*/access-token", "POST");

    /// <summary>Requests for client tokens.</summary>
    public IReadOnlyList<JournalEntry> ClientMints(long since = 0) => Read(since, SiroHost.Auth, "/oauth2/token", "POST");

    /// <summary>Forgets the entries; numbers go on counting.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_ring);
            _floor = _next;
        }
    }

    internal JournalEntry Add(Func<long, JournalEntry> create)
    {
        lock (_gate)
        {
            var entry = create(_next);
            _ring[_next % _ring.Length] = entry;
            _next++;
            return entry;
        }
    }

    private List<JournalEntry> Snapshot(long since)
    {
        lock (_gate)
        {
            var first = Math.Max(Math.Max(since + 1, _floor), _next - _ring.Length);
            var entries = new List<JournalEntry>((int)Math.Max(0, _next - first));
            for (var number = first; number < _next; number++)
            {
                entries.Add(_ring[number % _ring.Length]!);
            }

            return entries;
        }
    }
}
