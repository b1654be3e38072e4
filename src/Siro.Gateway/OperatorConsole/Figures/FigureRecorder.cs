using System.Collections.Concurrent;
using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>
/// Counts in memory what the console shows, and every few seconds adds it to the store, a script for each organization in which something
/// happened:
/// so the last hour and the last day survive a restart and are the fleet's. What a store that is away misses is added later; what dies with
/// the process (seconds) is not.
/// </summary>
internal sealed class FigureRecorder(RedisStore store, TimeProvider time)
{
    /// <summary>How long minutes are kept.</summary>
    public static readonly TimeSpan MinutesKept = TimeSpan.FromMinutes(75);

    /// <summary>How long quarters of an hour are kept.</summary>
    public static readonly TimeSpan QuartersKept = TimeSpan.FromHours(25);

    /// <summary>
    /// Most fields in memory for one organization: clients and subscriptions are configured or limited, codes are the gateway's own words.
    /// </summary>
    private const int MostFields = 20_000;

    /// <summary>Most pairs in one script, so that none runs long.</summary>
    private const int MostPairs = 1000;

    private static readonly RedisScript Script = RedisScript.Load("OperatorConsole/Scripts/figures");
    private readonly ConcurrentDictionary<OrganizationKey, Counted> _counted = new();

    /// <summary>One call of an application to Siro's API that was answered: by Siro, or by the gateway in its place.</summary>
    public void Called(OrganizationKey organization, ClientName client, int status, double? addedMilliseconds)
    {
        var counted = Of(organization);
        counted.Add(counted.Fields, FigureField.Call(client.Value, status));
        if (addedMilliseconds is { } added)
        {
            counted.Add(counted.Fields, FigureField.Latency(LatencyBuckets.Of(added)));
        }
    }

    /// <summary>One request that was sent to Siro, for a call or by the gateway itself; null: no answer came.</summary>
    public void Sent(OrganizationKey organization, ClientName client, int? status)
    {
        var counted = Of(organization);
        counted.Add(counted.Fields, FigureField.Request(client.Value, status ?? 0));
    }

    /// <summary>A client called, whatever for.</summary>
    public void Seen(OrganizationKey organization, ClientName client) => Of(organization).Clients.TryAdd(client.Value, 0);

    /// <summary>The gateway refused a client's call with one of its codes.</summary>
    public void Refused(OrganizationKey organization, ClientName client, string code)
    {
        var counted = Of(organization);
        counted.Add(counted.Fields, FigureField.Refusal(client.Value, code));
    }

    /// <summary>An event came in.</summary>
    public void EventIn(OrganizationKey organization)
    {
        var counted = Of(organization);
        counted.Add(counted.Fields, FigureField.EventIn);
    }

    /// <summary>An attempt to deliver ended.</summary>
    public void Attempted(OrganizationKey organization, string subscription, bool delivered, double milliseconds)
    {
        var counted = Of(organization);
        counted.Add(counted.Fields, delivered ? FigureField.Delivered : FigureField.Failed);
        counted.Add(counted.BySubscription, FigureField.Attempt(subscription, delivered));
        counted.Add(counted.BySubscription, FigureField.Took(subscription), (long)milliseconds);
    }

    /// <summary>
    /// Adds what was counted since the last time. Throws <see cref="StoreUnavailableException"/>; then it is added the next time.
    /// </summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (organization, counted) in _counted)
        {
            var fields = counted.Take(counted.Fields);
            var bySubscription = counted.Take(counted.BySubscription);
            var clients = counted.Clients.Keys.ToArray();
            foreach (var client in clients)
            {
                counted.Clients.TryRemove(client, out _);
            }

            try
            {
                while (fields.Count > 0 || bySubscription.Count > 0 || clients.Length > 0)
                {
                    var (some, others) = (fields.Take(MostPairs).ToList(), bySubscription.Take(MostPairs).ToList());
                    await store.RunAsync(
                        Script,
                        [.. Buckets(organization, now), ConsoleKeys.Seen(organization)],
                        [
                            (long)MinutesKept.TotalMilliseconds, (long)QuartersKept.TotalMilliseconds, now, some.Count, .. Pairs(some),
                            others.Count, .. Pairs(others), .. clients.Select(c => (RedisValue)c),
                        ],
                        cancellationToken);
                    fields.RemoveRange(0, some.Count);
                    bySubscription.RemoveRange(0, others.Count);
                    clients = [];
                }
            }
            catch (StoreUnavailableException)
            {
                foreach (var (field, count) in fields)
                {
                    counted.Add(counted.Fields, field, count);
                }

                foreach (var (field, count) in bySubscription)
                {
                    counted.Add(counted.BySubscription, field, count);
                }

                throw;
            }
        }
    }

    private static IEnumerable<RedisValue> Pairs(IEnumerable<(string Field, long Count)> counted) =>
        counted.SelectMany(c => new RedisValue[] { c.Field, c.Count });

    private static IEnumerable<RedisKey> Buckets(OrganizationKey organization, long now) =>
        new[] { ("m", now / 60_000), ("q", now / 900_000), ("sm", now / 60_000), ("sq", now / 900_000) }.Select(
            b => (RedisKey)ConsoleKeys.Figures(organization, b.Item1, b.Item2));

    private Counted Of(OrganizationKey organization) => _counted.GetOrAdd(organization, static _ => new Counted());

    private sealed class Counted
    {
        public ConcurrentDictionary<string, StrongCount> Fields { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, StrongCount> BySubscription { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, byte> Clients { get; } = new(StringComparer.Ordinal);

        public void Add(ConcurrentDictionary<string, StrongCount> to, string field, long count = 1)
        {
            if (to.TryGetValue(field, out var known) || to.Count < MostFields)
            {
                (known ?? to.GetOrAdd(field, static _ => new StrongCount())).Add(count);
            }
        }

        public List<(string Field, long Count)> Take(ConcurrentDictionary<string, StrongCount> from) =>
            [.. from.Select(f => (f.Key, Count: f.Value.Take())).Where(f => f.Count > 0)];
    }

    private sealed class StrongCount
    {
        private long _value;

        public void Add(long count) => Interlocked.Add(ref _value, count);

        public long Take() => Interlocked.Exchange(ref _value, 0);
    }
}

/// <summary>The fields of a bucket. A name comes last, because it may hold anything.</summary>
internal static class FigureField
{
    public const string EventIn = "e";
    public const string Delivered = "d";
    public const string Failed = "f";

    /// <summary>What fields of <see cref="Call"/> begin with.</summary>
    public const string Calls = "c|";

    /// <summary>What fields of <see cref="Request"/> begin with.</summary>
    public const string Requests = "s|";

    private const string Refusals = "r|";

    private static readonly ConcurrentDictionary<(string Kind, string Client, int Digit), string> ByStatus = new();
    private static readonly string[] Latencies = [
        .. Enumerable.Range(0, LatencyBuckets.Count).Select(i => "l|" + i.ToString(CultureInfo.InvariantCulture))];

    public static string Latency(int bucket) => Latencies[bucket];

    /// <summary>
    /// A call by client and by the first digit of the status. Kept, so that a call makes no text; clients are configured, so they are few.
    /// </summary>
    public static string Call(string client, int status) => Of(Calls, client, status);

    /// <summary>A request to Siro in the same way; 0 where no answer came.</summary>
    public static string Request(string client, int status) => Of(Requests, client, status);

    public static string Refusal(string client, string code) => $"{Refusals}{code}|{client}";

    /// <summary>What a field of <see cref="Call"/> or <see cref="Request"/> counts; null for any other than that kind's.</summary>
    public static (string Client, char Digit)? ByClient(string field, string kind) =>
        field.StartsWith(kind, StringComparison.Ordinal) ? (field[(kind.Length + 2)..], field[kind.Length]) : null;

    /// <summary>What a field of <see cref="Refusal"/> counts; null for any other.</summary>
    public static (string Client, string Code)? RefusalOf(string field) =>
        field.StartsWith(Refusals, StringComparison.Ordinal) && field.Split('|', 3) is [_, var code, var client] ? (client, code) : null;

    public static string Attempt(string subscription, bool delivered) => (delivered ? "o|" : "x|") + subscription;

    public static string Took(string subscription) => "t|" + subscription;

    private static string Of(string kind, string client, int status) => ByStatus.GetOrAdd(
        (kind, client, status / 100), static key => string.Create(CultureInfo.InvariantCulture, $"{key.Kind}{key.Digit}|{key.Client}"));
}
