using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Events;

/// <summary>Reads and trims an organization's log. Every member throws <see cref="Store.StoreUnavailableException"/>.</summary>
internal sealed class EventLog(OrganizationStore store, RecentEvents recent)
{
    /// <summary>Most bytes of bodies in one answer of the store.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Most bodies that one script searches through: with their 128 KiB at most, about a millisecond of the store.</summary>
    private const int SearchedAtOnce = 100;

    public async Task<EventPage> ListAsync(OrganizationKey organization, EventQuery query, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(
            EventScripts.List,
            organization,
            [
                query.OldestFirst ? "asc" : "desc", query.From, query.To == long.MaxValue ? "+inf" : query.To, query.Limit,
                    query.Text is null ? query.ScanLimit : Math.Min(query.ScanLimit, SearchedAtOnce),
                query.WithBodies ? 1 : 0, query.Type ?? "", query.RecordingId ?? "", MostBytes, LowerAscii(query.Text),
            ],
            cancellationToken);
        var events = Rows(answer, 2);
        if (query is { ForDelivery: true, WithBodies: true })
        {
            recent.Add(organization, events);
        }

        return new EventPage(events, Number(answer[0]), (int)answer[1] == 1);
    }

    public async Task<StoredEvent?> FindAsync(OrganizationKey organization, string id, bool withBody, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(EventScripts.Find, organization, [id, withBody ? 1 : 0], cancellationToken);
        return answer.Length == 0 ? null : Row(answer);
    }

    /// <summary>The event with its body, from memory where it has just been here; null when it is gone.</summary>
    public async Task<StoredEvent?> FindRecentAsync(OrganizationKey organization, string id, CancellationToken cancellationToken) =>
        recent.Find(organization, id) ?? await FindAsync(organization, id, withBody: true, cancellationToken);

    /// <summary>Reads those that are not in memory, at once, for <see cref="FindRecentAsync"/>.</summary>
    public async Task ReadAheadAsync(OrganizationKey organization, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        RedisValue[] missing = [
            .. ids.Where(id => recent.Find(organization, id) is null).Distinct(StringComparer.Ordinal).Select(id => (RedisValue)id)];
        if (missing.Length > 0)
        {
            recent.Add(organization,
                Rows(await store.RunAsync(EventScripts.FindMany, organization, [MostBytes, .. missing], cancellationToken), 0));
        }
    }

    /// <summary>The enriched body that is kept beside the event, or null.</summary>
    public Task<byte[]?> FindVariantAsync(OrganizationKey organization, string id, string variant, CancellationToken cancellationToken) =>
        KeepVariantAsync(organization, id, variant, ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Keeps an enriched body unless there is one; answers with the one that is kept, null when the event is gone.</summary>
    public async Task<byte[]?> KeepVariantAsync(
        OrganizationKey organization, string id, string variant, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var answer = (byte[]?)await store.CommitAsync(EventScripts.Variant, organization, [id, variant, body], cancellationToken);
        return answer is { Length: > 0 } ? answer : null;
    }

    /// <summary>Removes at most <paramref name="step"/> old events; answers how many, and the bytes and events that are left.</summary>
    public async Task<(int Removed, long Bytes, long Events)> TrimAsync(
        OrganizationKey organization, TimeSpan retention, long mostBytes, int step, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(
            EventScripts.Trim, organization, [(long)retention.TotalMilliseconds, mostBytes, step], cancellationToken);
        if ((int)answer[0] > 0)
        {
            recent.Clear();
        }

        return ((int)answer[0], (long)answer[1], (long)answer[2]);
    }

    /// <summary>The number of the oldest event that retention has left, or the largest number where there is none.</summary>
    public async Task<long> OldestAsync(OrganizationKey organization, CancellationToken cancellationToken) =>
        (await ListAsync(organization, new EventQuery { OldestFirst = true, Limit = 1, ScanLimit = 1 }, cancellationToken)).Events is [
            var oldest] ? oldest.Number : long.MaxValue;

    /// <summary>The number of the newest event (0 where there is none) and how many are retained.</summary>
    public Task<(long Number, long Count)> LastAsync(OrganizationKey organization, CancellationToken cancellationToken) => store.QueryAsync(
        organization,
        async (database, prefix) =>
        {
            var count = database.SortedSetLengthAsync(prefix + "log");
            var last = await database.SortedSetRangeByRankWithScoresAsync(prefix + "log", 0, 0, Order.Descending);
            return (last.Length == 0 ? 0 : (long)last[0].Score, await count);
        },
        cancellationToken);

    /// <summary>As the script lowers the body: letters of other alphabets stay as they are.</summary>
    private static string LowerAscii(string? text) => string.Create(text?.Length ?? 0, text ?? "", static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        }
    });

    internal static long Number(RedisResult value) => long.Parse((string)value!, CultureInfo.InvariantCulture);

    internal static List<StoredEvent> Rows(RedisResult answer, int from)
    {
        var events = new List<StoredEvent>(Math.Max(0, answer.Length - from));
        for (var i = from; i < answer.Length; i++)
        {
            events.Add(Row(answer[i]));
        }

        return events;
    }

    private static StoredEvent Row(RedisResult row) => new(
        (string)row[0]!,
        Number(row[1]),
        (string)row[2]!,
        (string)row[3]! is { Length: > 0 } recording ? recording : null,
        (string)row[4]!,
        Number(row[5]),
        (byte[])row[6]!);
}
