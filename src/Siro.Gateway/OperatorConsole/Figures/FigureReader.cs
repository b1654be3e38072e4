using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>One bucket: its beginning and what was counted in it.</summary>
internal sealed record FigureBucket(DateTimeOffset At, IReadOnlyDictionary<string, long> Counts);

/// <summary>The buckets of a time, oldest first.</summary>
internal sealed record FigureSpan(TimeSpan Step, IReadOnlyList<FigureBucket> Buckets)
{
    public long Sum(string field) => Buckets.Sum(b => b.Counts.GetValueOrDefault(field));

    /// <summary>The fields that were counted at all.</summary>
    public IEnumerable<string> Fields => Buckets.SelectMany(b => b.Counts.Keys).Distinct(StringComparer.Ordinal);

    /// <summary>The fields of <see cref="FigureField.Calls"/> or <see cref="FigureField.Requests"/>, with what each counts.</summary>
    public IEnumerable<(string Field, string Client, char Digit)> ByClient(string kind)
    {
        foreach (var field in Fields)
        {
            if (FigureField.ByClient(field, kind) is { } counted)
            {
                yield return (field, counted.Client, counted.Digit);
            }
        }
    }

    /// <summary>Latencies of some of the buckets together.</summary>
    public static long[] Latencies(IEnumerable<FigureBucket> buckets)
    {
        var sums = new long[LatencyBuckets.Count];
        foreach (var bucket in buckets)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += bucket.Counts.GetValueOrDefault(FigureField.Latency(i));
            }
        }

        return sums;
    }
}

/// <summary>Reads figures; what many tabs ask for is read once every few seconds. Throws <see cref="StoreUnavailableException"/>.</summary>
internal sealed class FigureReader(RedisStore store, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(4);
    private readonly SharedRead<(OrganizationKey Organization, bool Day), FigureSpan> _spans = new(Fresh, time);

    /// <summary>The last hour by minutes, or the last day by quarters of an hour; the last bucket is not full yet.</summary>
    public Task<FigureSpan> ReadAsync(OrganizationKey organization, bool day) =>
        _spans.GetAsync((organization, day), key => LoadAsync(key.Organization, key.Day ? "q" : "m", key.Day, null));

    /// <summary>The same of one subscription.</summary>
    public Task<FigureSpan> ReadAsync(OrganizationKey organization, string subscription, bool day) => LoadAsync(
        organization, day ? "sq" : "sm", day,
        [FigureField.Attempt(subscription, true), FigureField.Attempt(subscription, false), FigureField.Took(subscription)]);

    /// <summary>When each client was last seen.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> SeenAsync(
        OrganizationKey organization, CancellationToken cancellationToken)
    {
        var seen = await store.QueryAsync(database => database.HashGetAllAsync(ConsoleKeys.Seen(organization)), cancellationToken);
        return seen.ToDictionary(
            s => (string)s.Name!, s => DateTimeOffset.FromUnixTimeMilliseconds((long)s.Value), StringComparer.OrdinalIgnoreCase);
    }

    private async Task<FigureSpan> LoadAsync(OrganizationKey organization, string kind, bool day, string[]? fields)
    {
        var step = day ? TimeSpan.FromMinutes(15) : TimeSpan.FromMinutes(1);
        var last = time.GetUtcNow().ToUnixTimeMilliseconds() / (long)step.TotalMilliseconds;
        var numbers = Enumerable.Range(0, day ? 96 : 60).Select(i => last - (day ? 95 : 59) + i).ToArray();
        var hashes = await store.QueryAsync(
            database =>
                Task.WhenAll(numbers.Select(n => ReadAsync(database, ConsoleKeys.Figures(organization, kind, n), fields))),
                    CancellationToken.None);
        return new FigureSpan(step, [.. numbers.Select((n, i) => new FigureBucket(DateTimeOffset.UnixEpoch + (step * n), hashes[i]))]);
    }

    private static async Task<IReadOnlyDictionary<string, long>> ReadAsync(IDatabase database, string key, string[]? fields)
    {
        if (fields is null)
        {
            return (await database.HashGetAllAsync(key)).ToDictionary(e => (string)e.Name!, e => (long)e.Value, StringComparer.Ordinal);
        }

        var values = await database.HashGetAsync(key, Array.ConvertAll(fields, f => (RedisValue)f));
        return fields.Zip(values).Where(p => !p.Second.IsNull)
            .ToDictionary(p => p.First, p => long.Parse(p.Second.ToString(), CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }
}
