using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.Benchmarks.All;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Start;

/// <summary>
/// From the start of the process to the first proxied answer, and the memory in which it then idles, beside bare YARP's. The first answer
/// of the gateway takes a mint, for which it must have its store; both start from files that the system has cached.
/// </summary>
internal sealed class StartRun(int rounds, string? gatewayProgram, IAnsiConsole console)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var upstream = await Role.StartAsync("upstream");
        var program = gatewayProgram ?? Path.Combine(AppContext.BaseDirectory, "Siro.Gateway.dll");
        var (gateway, yarp) = (new List<(double Seconds, double Bytes)>(), new List<(double Seconds, double Bytes)>());
        for (var round = 0; round <= rounds; round++)
        {
            await redis.Database.ExecuteAsync("FLUSHALL");
            var one = await MeasureAsync(port => Child.Start(program, port, GatewaySettings.For(redis, upstream.Address)));
            var other = await MeasureAsync(port => Role.StartBare("yarp", port, upstream.Address.ToString()));
            if (round > 0)
            {
                // The first round brings the files into the system's cache.
                gateway.Add(one);
                yarp.Add(other);
            }
        }

        var start = Median.Of(gateway.Zip(yarp, (one, other) => one.Seconds / other.Seconds));
        var memory = Median.Of(gateway.Zip(yarp, (one, other) => one.Bytes / other.Bytes));
        console.MarkupLineInterpolated($"Gateway: {program}. Medians of {rounds}.");
        console.MarkupLineInterpolated(
            $"Start to the first proxied answer: gateway {Median.Of(gateway.Select(g => g.Seconds)):0.00} s, bare YARP {Median.Of(yarp.Select(y => y.Seconds)):0.00} s, ratio [bold]{start:0.00}[/].");
        console.MarkupLineInterpolated(
            $"Memory {Idle.TotalSeconds:0} s later (resident): gateway {Median.Of(gateway.Select(g => g.Bytes)) / 1e6:0} MB, bare YARP {Median.Of(yarp.Select(y => y.Bytes)) / 1e6:0} MB, ratio [bold]{memory:0.00}[/].");
        ResultTable.AtMost("start to the first proxied answer / bare YARP", start, 1.5);
        ResultTable.AtMost("idle memory / bare YARP", memory, 1.5);
        return 0;
    }

    private static async Task<(double Seconds, double Bytes)> MeasureAsync(Func<int, Child> start)
    {
        var port = FreePort.Find();
        var target =
            new LoadTarget(new Uri(string.Create(CultureInfo.InvariantCulture,
            $"http://127.0.0.1:{port}/platform/v1/core/recordings/rec_1")), [new("X-Api-Key", GatewaySettings.ApiKey)]);
        var clock = Stopwatch.StartNew();
        await using var process = start(port);
        while (!await RawLoad.AnswersAsync(target))
        {
            if (clock.Elapsed > MaxStart)
            {
                throw new BenchmarkException($"No proxied answer within {MaxStart.TotalSeconds:0} s of the start.");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }

        var seconds = clock.Elapsed.TotalSeconds;
        await Task.Delay(Idle, TimeProvider.System);
        return (seconds, process.Memory);
    }
}
