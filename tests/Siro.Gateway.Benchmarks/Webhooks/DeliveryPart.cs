using System.Diagnostics;
using System.Text;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>
/// Deliveries a second beside a bare HttpClient loop, and the time from an event's acknowledgement to the subscriber's first byte.
/// </summary>
internal sealed class DeliveryPart(WebhooksOptions options, IAnsiConsole console)
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    public async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var subscriber = await Subscriber.StartAsync();
        await using var gateway = await Role.StartAsync("gateway", WebhookSettings.For(redis, subscriber.Address));
        var events = new SignedEvents(gateway.Address);

        await ThroughHubAsync(gateway, subscriber, events); // warm-up
        await BareAsync(subscriber, events);
        var (hub, bare, cpu, calls) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            var (cpuBefore, callsBefore) = (gateway.Cpu, await redis.ScriptsAsync());
            hub.Add(await ThroughHubAsync(gateway, subscriber, events));
            cpu.Add((gateway.Cpu - cpuBefore).TotalMicroseconds / options.Deliveries);
            calls.Add((await redis.ScriptsAsync() - callsBefore) / (double)options.Deliveries);
            bare.Add(await BareAsync(subscriber, events));
        }

        console.MarkupLineInterpolated(
            $"Deliveries, {options.Deliveries:N0} at a time, medians of {options.Rounds}: gateway [bold]{Median.Of(hub):N0}/s[/], bare HttpClient loop {Median.Of(bare):N0}/s, ratio [bold]{Median.Of(hub.Zip(bare, (one, all) => one / all)):P0}[/]. From the event's arrival to its end, one costs the gateway {Median.Of(cpu):N0} us of CPU and {Median.Of(calls):0.0} scripts in Redis.");
        await TimeTheWayAsync(gateway, subscriber, events);
    }

    /// <summary>
    /// The events are stored while the subscriber holds its answers back; measured is how fast they come once it lets go.
    /// </summary>
    private async Task<double> ThroughHubAsync(Role gateway, Subscriber subscriber, SignedEvents events)
    {
        var before = subscriber.Count;
        var letGo = subscriber.Hold();
        var left = options.Deliveries;
        var sent = await RawLoad.RunAsync(
            gateway.Address, () => Interlocked.Decrement(ref left) >= 0 ? events.NextRequest() : null, options.Connections, TimeLimit);
        if (sent.Requests != options.Deliveries)
        {
            throw new BenchmarkException($"{sent.Requests} of {options.Deliveries} events were acknowledged.");
        }

        var start = Stopwatch.GetTimestamp();
        letGo();
        await subscriber.ReachAsync(before + options.Deliveries, TimeLimit);
        return options.Deliveries / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task<double> BareAsync(Subscriber subscriber, SignedEvents events)
    {
        var start = Stopwatch.GetTimestamp();
        await BareDeliveries.SendAsync(subscriber.Address, events, options.Deliveries, WebhookSettings.Concurrency);
        return options.Deliveries / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task TimeTheWayAsync(Role gateway, Subscriber subscriber, SignedEvents events)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / options.Pace));
        var acknowledged = new List<(string Id, long At)>();
        var before = subscriber.Count;
        for (var i = 0; i < options.Timed; i++)
        {
            await timer.WaitForNextTickAsync();
            var (id, timestamp, signature, body) = events.Next();
            using var request = new HttpRequestMessage(
                HttpMethod.Post, new Uri(gateway.Address, $"/v1/webhooks/siro/{GatewaySettings.Organization}"))
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
                Headers = { { "svix-id", id }, { "svix-timestamp", timestamp }, { "svix-signature", signature } },
            };
            using var answer = await client.SendAsync(request);
            acknowledged.Add((id, Stopwatch.GetTimestamp()));
            answer.EnsureSuccessStatusCode();
        }

        await subscriber.ReachAsync(before + options.Timed, TimeLimit);
        var way = new Histogram();
        foreach (var (id, at) in acknowledged)
        {
            // A delivery can even be faster than the acknowledgement's way back.
            var arrived = subscriber.Arrivals[id];
            way.Add(arrived > at ? Stopwatch.GetElapsedTime(at, arrived) : TimeSpan.Zero);
        }

        console.MarkupLineInterpolated(
            $"From an event's acknowledgement to the subscriber's first byte, {options.Pace} events a second, {way.Count:N0} events: p50 [bold]{way.Percentile(0.5).TotalMilliseconds:0.0} ms[/], p99 [bold]{way.Percentile(0.99).TotalMilliseconds:0.0} ms[/].");
    }
}
