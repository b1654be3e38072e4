using System.Globalization;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary>What open pages cost: the proxied path with and without them, turn by turn, and the processor time and the commands of a
/// gateway that does nothing else.</summary>
internal sealed class LivePart(HttpClient client, Role gateway, RedisServer redis, ConsoleOptions options, IAnsiConsole console)
{
    private const int Connections = 32;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    public async Task RunAsync()
    {
        ILoad load = Tools.Find("wrk") is { } wrk ? new Wrk(wrk) : new RawLoad();
        var target = new LoadTarget(new Uri(gateway.Address, "/external/v1/core/recordings/rec_1"),
            [new("X-Api-Key", GatewaySettings.ApiKey)]);
        await load.RunAsync(target, Connections, TimeSpan.FromSeconds(20));
        var ratios = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            // In turn first and second, so that a machine that slows down falls on both alike.
            var first = await MeasureAsync(load, target, round % 2 == 0 ? options.Tabs : 0);
            var second = await MeasureAsync(load, target, round % 2 == 0 ? 0 : options.Tabs);
            ratios.Add(round % 2 == 0 ? first / second : second / first);
        }

        var alone = await IdleAsync(0);
        var one = await IdleAsync(1);
        var many = await IdleAsync(options.Tabs);
        string P(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
        console.MarkupLineInterpolated(
            $"Proxied calls a second with {options.Tabs} open pages over without, {options.Rounds} pairs of turns of {RoundTime.TotalSeconds:N0} s:");
        console.MarkupLineInterpolated($"median {P(Median.Of(ratios))}, {P(ratios.Min())} to {P(ratios.Max())}.");
        foreach (var (pages, used) in new[] { (0, alone), (1, one), (options.Tabs, many) })
        {
            console.MarkupLineInterpolated(
                $"Idle with {pages} open pages: {used.Cpu:0.0} ms of processor time and {used.Commands:0} commands a second ({used.Most}).");
        }
    }

    private async Task<double> MeasureAsync(ILoad load, LoadTarget target, int tabs)
    {
        await using var open = await OpenPages.OpenAsync(client, tabs);
        return (await load.RunAsync(target, Connections, RoundTime)).PerSecond;
    }

    /// <summary>Commands within scripts count as well.</summary>
    private async Task<(double Cpu, double Commands, string Most)> IdleAsync(int tabs)
    {
        await using var open = await OpenPages.OpenAsync(client, tabs);
        using var timer = new PeriodicTimer(Idle);
        var (cpu, before) = (gateway.Cpu, await redis.CallsAsync());
        await timer.WaitForNextTickAsync();
        var used = (gateway.Cpu - cpu).TotalMilliseconds / Idle.TotalSeconds;
        var calls = (await redis.CallsAsync())
            .Select(c => (Name: c.Key, PerSecond: (c.Value - before.GetValueOrDefault(c.Key)) / Idle.TotalSeconds))
            .OrderByDescending(c => c.PerSecond).ToArray();
        var most = string.Join(", ", calls.Take(3).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.PerSecond:0}")));
        return (used, calls.Sum(c => c.PerSecond), most);
    }

    /// <summary>Streams that are read, as by pages.</summary>
    private sealed class OpenPages(List<Task> readers, CancellationTokenSource stop) : IAsyncDisposable
    {
        public static async Task<OpenPages> OpenAsync(HttpClient client, int count)
        {
            var stop = new CancellationTokenSource();
            var readers = new List<Task>();
            for (var i = 0; i < count; i++)
            {
                var stream = await client.GetStreamAsync("/v1/live");
                readers.Add(Task.Run(async () =>
                {
                    await using var reading = stream;
                    await stream.CopyToAsync(Stream.Null, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }));
            }

            return new OpenPages(readers, stop);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await Task.WhenAll(readers);
            stop.Dispose();
        }
    }
}
