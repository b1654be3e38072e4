using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Siro.Gateway.Benchmarks.Webhooks;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Hub;

/// <summary>
/// Deliveries a second to 1, 10 and 100 subscribers and by replay, beside a bare HttpClient loop, with the shipped defaults, a Redis that
/// writes to disk before it answers, and nginx as the subscribers. Events are stored first and let go then: measured is from the first
/// arrival to the last, and what the deliveries cost from the fan-out on.
/// </summary>
internal sealed class HubRun(HubOptions options, IAnsiConsole console)
{
    private const string Taken = "integrations.recordingProcessed";

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var nginx = await NginxSubscriber.StartAsync();
        var replicas = await Task.WhenAll(Enumerable.Range(0, options.Replicas).Select(_ => Role.StartAsync("gateway", Settings(redis))));
        try
        {
            var events = new SignedEvents(replicas[0].Address);
            using var gateway = new HubGateway(replicas, redis, events, options);
            return await RunAsync(gateway, redis, nginx, events);
        }
        finally
        {
            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }

    private async Task<int> RunAsync(HubGateway gateway, RedisServer redis, NginxSubscriber nginx, SignedEvents events)
    {
        var table = new Table().AddColumns(
            "deliveries", "gateway/s", "bare loop/s", "ratio", "scripts", "commands", "us CPU", "us Redis", "sent twice");

        // Compiles both sides.
        await LiveAsync(gateway, redis, nginx, 1, Math.Min(options.Deliveries, 4000));
        await BareAsync(nginx, events, Math.Min(options.Deliveries, 4000));

        var turns = options.Subscribers.ToDictionary(n => n, _ => new List<Round>());
        var bare = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var subscribers in options.Subscribers)
            {
                turns[subscribers].Add((await LiveAsync(gateway, redis, nginx, subscribers, options.Deliveries)) with
                {
                    Bare = await BareAsync(nginx, events, options.Deliveries),
                });
                bare.Add(turns[subscribers][^1].Bare);
                console.MarkupLineInterpolated(
                    $"[dim]round {round + 1}, {subscribers}: {turns[subscribers][^1].PerSecond:N0} a second, {turns[subscribers][^1].Cpu:N0} us, Redis {turns[subscribers][^1].RedisCpu:N0} us, {turns[subscribers][^1].Scripts:N2} scripts, bare loop {turns[subscribers][^1].Bare:N0}[/]");
            }
        }

        foreach (var (subscribers, all) in turns)
        {
            Row(table, $"{options.Deliveries:N0} live, {subscribers} subscriber{(subscribers == 1 ? "" : "s")}", all);
        }

        var stored = 0L;
        foreach (var size in options.Replays)
        {
            stored = await ReplayAsync(gateway, redis, nginx, table, size, stored, Median.Of(bare));
        }

        console.Write(table);
        return 0;
    }

    private static Dictionary<string, string> Settings(RedisServer redis) =>
        WebhookSettings.For(redis).Append(new("Webhooks__AllowedNetworks__0", "127.0.0.0/8"))
        .ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal);

    private static void Row(Table table, string what, IReadOnlyList<Round> turns)
    {
        string N(Func<Round, double> value, string format) => Median.Of(turns.Select(value)).ToString(format, CultureInfo.InvariantCulture);
        table.AddRow(
            what, N(t => t.PerSecond, "N0"), N(t => t.Bare, "N0"), N(t => t.PerSecond / t.Bare, "0.000"), N(t => t.Scripts, "0.00"),
            N(t => t.Commands, "0.0"), N(t => t.Cpu, "N0"), N(t => t.RedisCpu, "N0"),
            turns.Sum(t => t.Twice).ToString(CultureInfo.InvariantCulture));
    }

    private async Task<Round> LiveAsync(HubGateway gateway, RedisServer redis, NginxSubscriber nginx, int subscribers, int deliveries)
    {
        var ids = new List<string>();
        for (var i = 0; i < subscribers; i++)
        {
            ids.Add(await gateway.SubscribeAsync(new Uri(nginx.Address, $"/live{i}"), Taken));
        }

        await gateway.HoldAsync();
        await gateway.StoreAsync(deliveries / subscribers);
        var turn = await MeasureAsync(gateway, redis, nginx, deliveries, gateway.LetGoAsync);
        foreach (var id in ids)
        {
            await gateway.UnsubscribeAsync(id);
        }

        return turn;
    }

    private async Task<long> ReplayAsync(
        HubGateway gateway, RedisServer redis, NginxSubscriber nginx, Table table, int size, long stored, double bare)
    {
        // Stored while nobody subscribes, so that the replay makes every delivery itself.
        var before = await CountLogAsync(redis);
        await gateway.StoreAsync((int)Math.Max(0, size - before));
        var id = await gateway.SubscribeAsync(new Uri(nginx.Address, "/replay"), Taken);
        var live = new List<(string Id, DateTimeOffset At)>();
        using var stop = new CancellationTokenSource();
        var pacing = Task.CompletedTask;
        var start = Stopwatch.GetTimestamp();
        var count = (int)await CountLogAsync(redis);
        var turn = await MeasureAsync(gateway, redis, nginx, count, async () =>
        {
            var asked = await gateway.ReplayAsync(id);
            if (asked != count)
            {
                throw new BenchmarkException($"The replay is of {asked} deliveries instead of {count}.");
            }

            pacing = PaceAsync(gateway, live, stop.Token);
        }, arrivals => Report(arrivals, live), async () =>
        {
            await stop.CancelAsync();
            await pacing;
            return live.Count;
        });
        Row(table, $"{count:N0} replayed, {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s", [turn with { Bare = bare }]);
        await gateway.UnsubscribeAsync(id);
        return stored + count;
    }

    private static Task<long> CountLogAsync(RedisServer redis) =>
        redis.Database.SortedSetLengthAsync("sg:{hub:" + GatewaySettings.Organization + "}:log");

    private async Task PaceAsync(HubGateway gateway, List<(string Id, DateTimeOffset At)> live, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / options.Pace));
        while (!cancellationToken.IsCancellationRequested)
        {
            var id = await gateway.StoreOneAsync();
            live.Add((id, TimeProvider.System.GetUtcNow()));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private void Report(IReadOnlyList<Arrival> arrivals, List<(string Id, DateTimeOffset At)> live)
    {
        var at = arrivals.Where(a => !a.Replay).GroupBy(a => a.EventId, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Min(a => a.At), StringComparer.Ordinal);
        var way = new Histogram();
        foreach (var (id, acknowledged) in live)
        {
            if (at.TryGetValue(id, out var arrived))
            {
                way.Add(arrived > acknowledged ? arrived - acknowledged : TimeSpan.Zero);
            }
        }

        console.MarkupLineInterpolated(
            $"Live events to the same subscriber while it is replayed to, {options.Pace} a second, {way.Count:N0} of {live.Count:N0}: from acknowledgement to arrival p50 [bold]{way.Percentile(0.5).TotalMilliseconds:0.0} ms[/], p99 [bold]{way.Percentile(0.99).TotalMilliseconds:0.0} ms[/].");
    }

    private async Task<Round> MeasureAsync(
        HubGateway gateway,
        RedisServer redis,
        NginxSubscriber nginx,
        int deliveries,
        Func<Task> begin,
        Action<IReadOnlyList<Arrival>>? look = null,
        Func<Task<int>>? more = null)
    {
        var (calls, cpu, redisCpu, before) = (await redis.CallsAsync(), gateway.Cpu, redis.Cpu, await nginx.CountAsync());
        await begin();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var start = Stopwatch.GetTimestamp();
        var (first, had, count) = (start, 0L, 0L);
        while (count < deliveries)
        {
            if (Stopwatch.GetElapsedTime(start) > options.Most)
            {
                console.MarkupLineInterpolated(
                    $"[red]{count:N0} of {deliveries:N0} deliveries came within {options.Most.TotalSeconds:N0} s.[/]");
                break;
            }

            await timer.WaitForNextTickAsync();
            count = await nginx.CountAsync() - before;
            if (had == 0 && count > 0)
            {
                (first, had) = (Stopwatch.GetTimestamp(), count);
            }
        }

        var took = Stopwatch.GetElapsedTime(first);
        if (more is not null)
        {
            var added = await more();
            for (; count < deliveries + added && Stopwatch.GetElapsedTime(start) < options.Most; count = await nginx.CountAsync() - before)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        var after = await redis.CallsAsync();
        var (used, redisUsed) = (gateway.Cpu - cpu, redis.Cpu - redisCpu);
        var arrivals = await nginx.ArrivalsAsync(count);
        look?.Invoke(arrivals);
        double Calls(Func<string, bool> which) => after.Where(c => which(c.Key)).Sum(c => c.Value - calls.GetValueOrDefault(c.Key));
        return new Round(
            (count - had) / took.TotalSeconds,
            Calls(c => c is "evalsha" or "eval") / count,
            Calls(c => c is not "evalsha" and not "eval") / count,
            used.TotalMicroseconds / count,
            redisUsed.TotalMicroseconds / count,
            arrivals.Count - arrivals.Select(a => (a.Path, a.EventId, a.Replay)).Distinct().Count(),
            0);
    }

    private async Task<double> BareAsync(NginxSubscriber nginx, SignedEvents events, int deliveries)
    {
        var start = Stopwatch.GetTimestamp();
        await BareDeliveries.SendAsync(new Uri(nginx.Address, "/bare"), events, deliveries, options.Connections);
        var rate = deliveries / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await nginx.ArrivalsAsync(deliveries);
        return rate;
    }

    /// <param name="Twice">Arrivals of a delivery that had come before.</param>
    private sealed record Round(double PerSecond, double Scripts, double Commands, double Cpu, double RedisCpu, int Twice, double Bare);
}
