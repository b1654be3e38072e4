using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>Acknowledged events a second, beside redis-benchmark with the same script and durability.</summary>
internal sealed class IngestPart(WebhooksOptions options, IAnsiConsole console)
{
    public async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var other = await RedisServer.StartAsync();
        await using var gateway = await Role.StartAsync("gateway", WebhookSettings.For(redis));
        var events = new SignedEvents(gateway.Address);
        var benchmark = await CatchAsync(redis, other, gateway, events);

        await TurnAsync(gateway, events); // warm-up
        await TurnAsync(gateway, events);
        var (acknowledged, most, allocated, p50, p99) = (
            new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            await UntilIdleAsync(gateway);
            var before = await gateway.AllocatedAsync();
            var turn = await TurnAsync(gateway, events);
            acknowledged.Add(turn.PerSecond);
            allocated.Add((await gateway.AllocatedAsync() - before) / (double)turn.Requests);
            p50.Add(turn.P50.TotalMicroseconds);
            p99.Add(turn.P99.TotalMicroseconds);
            await UntilIdleAsync(gateway);
            most.Add(await benchmark.RateAsync(options.Connections, (int)(turn.PerSecond * options.Duration.TotalSeconds)));
        }

        console.MarkupLineInterpolated(
            $"Events acknowledged, {options.Connections} connections, appendfsync always, medians of {options.Rounds}: gateway [bold]{Median.Of(acknowledged):N0}/s[/] (p50 {Median.Of(p50):N0} us, p99 {Median.Of(p99):N0} us, {Median.Of(allocated):N0} B an event), redis-benchmark with the same script {Median.Of(most):N0}/s, ratio [bold]{Median.Of(acknowledged.Zip(most, (one, all) => one / all)):P0}[/].");
    }

    /// <summary>Sends the first event and catches the script that takes it: a fresh server hears its whole text.</summary>
    private static async Task<RedisBenchmark> CatchAsync(RedisServer redis, RedisServer other, Role gateway, SignedEvents events)
    {
        var (id, recording) = ("msg_000000001", "rec_000000001");
        var caught = await RedisMonitor.CatchAsync(
            redis.Port,
            command => command[0].Equals("EVAL", StringComparison.OrdinalIgnoreCase) && command.Contains(id),
            async () =>
            {
                var next = events.NextRequest;
                var left = 1;
                var sent = await RawLoad.RunAsync(
                    gateway.Address, () => Interlocked.Decrement(ref left) >= 0 ? next() : null, 1, TimeSpan.FromSeconds(10));
                if (sent.Requests != 1)
                {
                    throw new BenchmarkException("The gateway did not acknowledge the first event.");
                }
            });

        // The script takes events only in the epoch in which the subscriptions were registered: the other server needs it too.
        await other.Database.HashSetAsync(caught[3], "epoch", caught[^1]);
        var benchmark = await RedisBenchmark.PrepareAsync(other, caught, id, recording);
        var taken = await other.Database.ExecuteAsync("EVAL", [.. caught.Skip(1)]);
        return (int)taken[0] == 1
            ? benchmark
            : throw new BenchmarkException("The script that was caught takes no event on the other server.");
    }

    /// <summary>The fan-out of the turn before must not weigh on the next one.</summary>
    private static async Task UntilIdleAsync(Role gateway)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var (last, i) = (gateway.Cpu, 0); i < 60; i++)
        {
            await timer.WaitForNextTickAsync();
            var now = gateway.Cpu;
            if (now - last < TimeSpan.FromMilliseconds(25))
            {
                return;
            }

            last = now;
        }
    }

    private async Task<LoadResult> TurnAsync(Role gateway, SignedEvents events)
    {
        var result = await RawLoad.RunAsync(gateway.Address, events.NextRequest, options.Connections, options.Duration);
        return result.Errors == 0 ? result : throw new BenchmarkException($"{result.Errors} events were not acknowledged.");
    }
}
