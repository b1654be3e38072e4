using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Budget;

/// <summary>What the budget adds to a call, and what it asks of Redis: far below the limit, and at it.</summary>
internal sealed class BudgetRun(IAnsiConsole console)
{
    private static readonly SiroRequest Request = new()
    {
        Organization = new OrganizationKey("bench"), Host = SiroHost.External, Client = new ClientName("bench"), Operation = "GET /",
    };

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var table = new Table().AddColumns(
            "case", "requests", "time added (median)", "p99", "bytes allocated", "Redis scripts per request");
        table.AddRow(await MeasureAsync(redis, "as fast as one caller can, limit out of reach", requests: 100_000_000, perSecond: 0,
            TimeSpan.FromSeconds(5)));
        table.AddRow(await MeasureAsync(redis, "5 a second of 1000 a minute", 1000, 5, TimeSpan.FromSeconds(30)));
        table.AddRow(await MeasureAsync(redis, "1 a second of 1000 a minute", 1000, 1, TimeSpan.FromSeconds(30)));
        table.AddRow(await MeasureAsync(redis, "100 a second, limit 6000 a minute (all of it)", 6000, 100, TimeSpan.FromSeconds(20)));
        console.Write(table);
        return 0;
    }

    /// <summary>
    /// One caller's acquire and release; the answer begins at once. A heartbeat a second is not counted: it does not grow with the traffic.
    /// </summary>
    private static async Task<string[]> MeasureAsync(RedisServer redis, string name, int requests, double perSecond, TimeSpan time)
    {
        await redis.Database.ExecuteAsync("FLUSHALL");
        var settings = GatewaySettings.For(redis, new Uri("http://127.0.0.1:9/"));
        var configuration = settings.ToDictionary(
            s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => (string?)s.Value, StringComparer.Ordinal);
        configuration["Budget:Requests"] = $"{requests}";
        await using var app = GatewayHost.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(configuration);
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });
        await app.StartAsync();
        var exchanges = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "siro.gateway.budget.store_calls")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref exchanges, value));
        listener.Start();
        var budget = app.Services.GetRequiredService<IBudget>();
        var credential = new SiroCredential("Authorization", new Secret("bench"), "bench-" + name.GetHashCode(StringComparison.Ordinal));
        var warmUp = perSecond == 0 ? 200_000 : 5;
        for (var n = 0; n < warmUp; n++)
        {
            await OnceAsync(budget, credential);
        }

        var samples = new List<double>();
        var count = 0;
        var scripts = Interlocked.Read(ref exchanges);
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            if (perSecond > 0)
            {
                var due = TimeSpan.FromSeconds(count / perSecond) - Stopwatch.GetElapsedTime(start);
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, TimeProvider.System);
                }
            }

            var before = Stopwatch.GetTimestamp();
            await OnceAsync(budget, credential);
            if (perSecond > 0 || count % 64 == 0)
            {
                samples.Add(Stopwatch.GetElapsedTime(before).TotalMicroseconds);
            }

            count++;
        }

        var bytes = (GC.GetTotalAllocatedBytes() - allocated) / (double)count;
        var calls = (Interlocked.Read(ref exchanges) - scripts) / (double)count;
        await app.StopAsync();
        samples.Sort();
        return
        [
            name, $"{count:N0}", $"{Median.Of(samples):N2} us", $"{samples[(int)(samples.Count * 0.99)]:N2} us",
            perSecond == 0 ? $"{bytes:N0}" : "-", $"{calls:0.0000}",
        ];
    }

    private static async ValueTask OnceAsync(IBudget budget, SiroCredential credential)
    {
        await using var slot = await budget.AcquireAsync(Request, credential, CancellationToken.None);
        slot.Answered();
    }
}
