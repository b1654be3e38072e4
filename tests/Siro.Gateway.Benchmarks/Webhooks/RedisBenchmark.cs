using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Siro.Gateway.Benchmarks.Hosting;
using StackExchange.Redis;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>
/// redis-benchmark running the gateway's own script, with ids of its own, on a server that is as durable: the most that any gateway could
/// acknowledge.
/// </summary>
internal sealed partial class RedisBenchmark(RedisServer server, IReadOnlyList<string> call)
{
    /// <param name="server">A server of its own, so that the gateway's work does not disturb it.</param>
    /// <param name="eval">EVAL as it was caught.</param>
    /// <param name="ids">What differs from event to event.</param>
    public static async Task<RedisBenchmark> PrepareAsync(RedisServer server, IReadOnlyList<string> eval, params string[] ids)
    {
        var hash = (string)(await server.Database.ExecuteAsync("SCRIPT", "LOAD", eval[1]))!;
        var call = eval.Skip(2)
            .Select(word => ids.Aggregate(word, (text, id) => text.Replace(id, "__rand_int__", StringComparison.Ordinal)));
        return new RedisBenchmark(server, ["EVALSHA", hash, .. call]);
    }

    /// <summary>Calls a second.</summary>
    public async Task<double> RateAsync(int connections, int calls)
    {
        using var process = Process.Start(new ProcessStartInfo(
            Tools.Need("redis-benchmark", "redis-tools"),
            ["-p", $"{server.Port}", "-c", $"{connections}", "-n", $"{calls}", "-r", "1000000000", "-q", .. call])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Rate().Match(output) is { Success: true } match
            ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new BenchmarkException($"redis-benchmark said something new: {output}");
    }

    [GeneratedRegex(@"([\d.]+) requests per second", RegexOptions.None, 1000)]
    private static partial Regex Rate();
}
