using Siro.Gateway.Benchmarks.All;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Proxy;

/// <summary>
/// Medians over the rounds. A ratio is the median of the rounds' own ratios, so a slow moment of the machine cancels out.
/// </summary>
internal sealed class ProxyReport(IReadOnlyList<Contender> contenders)
{
    public const string Direct = "no proxy";

    public const string Yarp = "bare YARP";

    public const string Gateway = "gateway, API key";

    public const string GatewayByToken = "gateway, JWT";

    private readonly Dictionary<string, List<Sample>> _samples = contenders.ToDictionary(
        c => c.Name, _ => new List<Sample>(), StringComparer.Ordinal);
    private readonly Dictionary<string, List<Quiet>> _quiet = contenders.ToDictionary(
        c => c.Name, _ => new List<Quiet>(), StringComparer.Ordinal);

    /// <summary>The gateway's requests a second to bare YARP's.</summary>
    public double Throughput => Ratio(Gateway, Yarp);

    /// <summary>The gateway's CPU a call to bare YARP's.</summary>
    public double Cpu => Median.Of(_samples[Gateway].Zip(_samples[Yarp], (one, other) => one.CpuMicros / other.CpuMicros));

    /// <summary>What the gateway adds to a call's median on one connection to what bare YARP adds.</summary>
    public double AddedAlone => Added(quiet => quiet.Alone.P50);

    /// <summary>What the gateway adds to a call's 99th percentile at a tenth of saturation to what bare YARP adds.</summary>
    public double AddedTail => Added(quiet => quiet.Tenth.P99);

    /// <summary>Requests that failed, of anybody.</summary>
    public long Errors => _samples.Values.SelectMany(samples => samples).Sum(sample => sample.Load.Errors);

    /// <summary>
    /// Lines of log for each request of the gateway: less than one would mean that audit lines were lost or switched off.
    /// </summary>
    public double LinesPerRequest =>
        _samples[Gateway].Sum(sample => sample.LogLines) / (double)Math.Max(1, _samples[Gateway].Sum(sample => sample.Load.Requests));

    public void Add(Contender contender, Sample sample, Quiet quiet)
    {
        _samples[contender.Name].Add(sample);
        _quiet[contender.Name].Add(quiet);
    }

    /// <summary>0, or 1 where requests failed.</summary>
    public int Print(IAnsiConsole console)
    {
        console.Write(Table());
        ResultTable.AtLeast("proxied call, everything on / bare YARP, throughput", Throughput, 1.0);
        ResultTable.AtMost("CPU a proxied call / bare YARP", Cpu, 1.0);
        ResultTable.AtMost("added p50 on one connection / what bare YARP adds", AddedAlone, 1.25);
        ResultTable.AtMost("added p99 at a tenth of saturation / what bare YARP adds", AddedTail, 1.25);
        PrintAdded(console);
        PrintRedis(console);
        if (Errors > 0)
        {
            console.MarkupLineInterpolated($"[red]{Errors} requests failed.[/]");
        }

        if (LinesPerRequest < 1)
        {
            console.MarkupLineInterpolated(
                $"[red]{LinesPerRequest:0.0000} lines of log a request: the audit line is off, or lines were lost.[/]");
        }

        return Errors == 0 && LinesPerRequest >= 1 ? 0 : 1;
    }

    private static string Micros(double micros) => $"{micros:N0} us";

    private Table Table()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var column in new[] { "requests/s", "lowest..highest", "to bare YARP", "p50", "p99", "CPU a request", "allocated",
            "p50 alone", "p99 alone", "p50 at 10 %", "p99 at 10 %" })
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
                Quiet(contender, quiet => quiet.Alone.P50),
                Quiet(contender, quiet => quiet.Alone.P99),
                Quiet(contender, quiet => quiet.Tenth.P50),
                Quiet(contender, quiet => quiet.Tenth.P99));
        }

        return table;
    }

    private double Ratio(string name, string to) =>
        Median.Of(_samples[name].Zip(_samples[to], (one, other) => one.Load.PerSecond / other.Load.PerSecond));

    private string Quiet(Contender contender, Func<Quiet, TimeSpan> what) =>
        Micros(Median.Of(_quiet[contender.Name].Select(quiet => what(quiet).TotalMicroseconds)));

    /// <summary>Medians first, then the ratio: the differences of single rounds are small beside their noise.</summary>
    private double Added(Func<Quiet, TimeSpan> what)
    {
        var direct = Of(Direct);
        return (Of(Gateway) - direct) / (Of(Yarp) - direct);

        double Of(string name) => Median.Of(_quiet[name].Select(quiet => what(quiet).TotalMicroseconds));
    }

    private void PrintAdded(IAnsiConsole console)
    {
        console.MarkupLineInterpolated(
            $"Gateway (API key) to bare YARP: throughput [bold]{Throughput:0.00}[/], CPU a call [bold]{Cpu:0.00}[/], added p50 on one connection [bold]{AddedAlone:0.00}[/], added p99 at a tenth of bare YARP's rate [bold]{AddedTail:0.00}[/]. {LinesPerRequest:0.00} lines of log a request.");
        if (_samples.ContainsKey("nginx"))
        {
            console.MarkupLineInterpolated($"To nginx: {Ratio(Gateway, "nginx"):P0}; bare YARP to nginx: {Ratio(Yarp, "nginx"):P0}.");
        }
    }

    private void PrintRedis(IAnsiConsole console)
    {
        var samples = _samples[Gateway].Concat(_samples.GetValueOrDefault(GatewayByToken) ?? []).ToArray();
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
