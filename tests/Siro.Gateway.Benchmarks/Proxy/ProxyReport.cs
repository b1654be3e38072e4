using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Proxy;

/// <summary>Medians over the rounds. A ratio is the median of the rounds' own ratios, so a slow moment of the machine cancels out.</summary>
internal sealed class ProxyReport(IReadOnlyList<Contender> contenders)
{
    public const string Yarp = "bare YARP";

    public const string Gateway = "gateway, API key";

    public const string GatewayByToken = "gateway, JWT";

    private readonly Dictionary<string, List<Sample>> _samples = contenders.ToDictionary(c => c.Name, _ => new List<Sample>(), StringComparer.Ordinal);
    private readonly Dictionary<string, List<LoadResult>> _alone = contenders.ToDictionary(c => c.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);

    public void Add(Contender contender, Sample sample, LoadResult alone)
    {
        _samples[contender.Name].Add(sample);
        _alone[contender.Name].Add(alone);
    }

    /// <summary>0, or 1 where requests failed.</summary>
    public int Print(IAnsiConsole console)
    {
        console.Write(Table());
        PrintAdded(console);
        PrintRedis(console);
        var errors = _samples.Values.SelectMany(samples => samples).Sum(sample => sample.Load.Errors);
        if (errors > 0)
        {
            console.MarkupLineInterpolated($"[red]{errors} requests failed.[/]");
        }

        return errors == 0 ? 0 : 1;
    }

    private static string Micros(double micros) => $"{micros:N0} us";

    private Table Table()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var column in new[] { "requests/s", "lowest..highest", "to bare YARP", "p50", "p99", "CPU a request", "allocated", "p50 alone", "p99 alone" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var contender in contenders)
        {
            var samples = _samples[contender.Name];
            var rates = samples.Select(sample => sample.Load.PerSecond).ToArray();
            table.AddRow(
                contender.Name,
                $"{Median.Of(rates):N0}",
                $"{rates.Min():N0}..{rates.Max():N0}",
                $"{Ratio(contender.Name, Yarp):P0}",
                Micros(Median.Of(samples.Select(sample => sample.Load.P50.TotalMicroseconds))),
                Micros(Median.Of(samples.Select(sample => sample.Load.P99.TotalMicroseconds))),
                Micros(Median.Of(samples.Select(sample => sample.CpuMicros))),
                contender.Role is null ? "" : $"{Median.Of(samples.Select(sample => sample.AllocatedPerRequest ?? 0)):N0} B",
                Micros(Median.Of(_alone[contender.Name].Select(alone => alone.P50.TotalMicroseconds))),
                Micros(Median.Of(_alone[contender.Name].Select(alone => alone.P99.TotalMicroseconds))));
        }

        return table;
    }

    private double Ratio(string name, string to) =>
        Median.Of(_samples[name].Zip(_samples[to], (one, other) => one.Load.PerSecond / other.Load.PerSecond));

    private void PrintAdded(IAnsiConsole console)
    {
        var wait = Median.Of(_alone[Gateway].Zip(_alone[Yarp], (one, other) => (one.P50 - other.P50).TotalMicroseconds));
        var cpu = Median.Of(_samples[Gateway].Zip(_samples[Yarp], (one, other) => one.CpuMicros - other.CpuMicros));
        console.MarkupLineInterpolated(
            $"Access (API key), Credentials and Budget add to bare YARP, in steady state: [bold]{Micros(wait)}[/] to a call's median alone, [bold]{Micros(cpu)}[/] of CPU a call under load.");
        if (_samples.ContainsKey("nginx"))
        {
            console.MarkupLineInterpolated($"To nginx: {Ratio(Gateway, "nginx"):P0}; bare YARP to nginx: {Ratio(Yarp, "nginx"):P0}.");
        }
    }

    private void PrintRedis(IAnsiConsole console)
    {
        var samples = _samples[Gateway].Concat(_samples[GatewayByToken]).ToArray();
        var requests = Math.Max(1, samples.Sum(sample => sample.Load.Requests));
        var calls = samples.SelectMany(sample => sample.RedisCalls)
            .GroupBy(call => call.Key, StringComparer.Ordinal)
            .Select(group => (Command: group.Key, Count: group.Sum(call => call.Value)))
            .Where(call => call.Count > 0)
            .OrderByDescending(call => call.Count)
            .ToArray();
        var scripts = calls.Where(call => call.Command is "evalsha" or "eval").Sum(call => call.Count);
        console.MarkupLineInterpolated(
            $"Redis, for {requests:N0} requests through the gateway: [bold]{scripts / (double)requests:0.00000}[/] scripts a request; with the commands inside scripts and the gateway's own rounds {calls.Sum(call => call.Count) / (double)requests:0.00000} ({string.Join(", ", calls.Take(8).Select(call => $"{call.Command} {call.Count:N0}"))}).");
    }
}
