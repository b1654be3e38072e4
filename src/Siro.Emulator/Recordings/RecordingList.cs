using System.Globalization;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Recordings;

/// <summary>Pages over recordings by a key that survives changes between two pages.</summary>
internal static class RecordingList
{
    /// <param name="key">What the list is ordered by.</param>
    public static (IReadOnlyList<Recording> Page, string? Cursor)? Page(
        IEnumerable<Recording> all, string? cursor, int size, bool ascending, Func<Recording, DateTimeOffset> key)
    {
        if (!string.IsNullOrEmpty(cursor))
        {
            if (!Cursor.TryDecode(cursor, out var text) || text.Split('|') is not [var ticks, var id]
                || !long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            {
                return null;
            }

            all = all.Where(r => After(r, at, id, ascending, key));
        }

        var ordered = ascending
            ? all.OrderBy(r => key(r).UtcTicks).ThenBy(r => r.Id, StringComparer.Ordinal)
            : all.OrderByDescending(r => key(r).UtcTicks).ThenByDescending(r => r.Id, StringComparer.Ordinal);
        var page = ordered.Take(size + 1).ToList();
        if (page.Count <= size)
        {
            return (page, null);
        }

        page.RemoveAt(size);
        return (page, Cursor.Encode(string.Create(CultureInfo.InvariantCulture, $"{key(page[^1]).UtcTicks}|{page[^1].Id}")));
    }

    private static bool After(Recording recording, long at, string id, bool ascending, Func<Recording, DateTimeOffset> key)
    {
        var order = key(recording).UtcTicks.CompareTo(at);
        if (order == 0)
        {
            order = string.CompareOrdinal(recording.Id, id);
        }

        return ascending ? order > 0 : order < 0;
    }
}
