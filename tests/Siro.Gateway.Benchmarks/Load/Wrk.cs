using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Siro.Gateway.Benchmarks.Load;

/// <summary>wrk, the usual measure, where it is installed.</summary>
internal sealed partial class Wrk(string program) : ILoad
{
    public string Name => "wrk";

    public async Task<LoadResult> RunAsync(LoadTarget target, int connections, TimeSpan time)
    {
        var seconds = (int)Math.Max(1, Math.Round(time.TotalSeconds));
        string[] arguments =
        [
            "--latency", "-t1", $"-c{connections}", $"-d{seconds}s",
            .. target.Headers.SelectMany(header => new[] { "-H", $"{header.Key}: {header.Value}" }), target.Address.ToString(),
        ];
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        var (requests, took) = (long.Parse(Group(Total(), output, 1), CultureInfo.InvariantCulture), Duration(Group(Total(), output, 2)));
        var refused = Refused().Match(output) is { Success: true } match
            ? long.Parse(match.Groups[1].ValueSpan, provider: CultureInfo.InvariantCulture)
            : 0;
        var broken = Broken().Match(output) is { Success: true } socket
            ? socket.Groups.Values.Skip(1).Sum(group => long.Parse(group.ValueSpan, provider: CultureInfo.InvariantCulture))
            : 0;
        return new LoadResult(
            requests - refused, refused + broken, took, Duration(Group(Median(), output, 1)), Duration(Group(Tail(), output, 1)));
    }

    private static string Group(Regex pattern, string output, int group) => pattern.Match(output) is { Success: true } match
        ? match.Groups[group].Value
        : throw new BenchmarkAnswerException($"wrk said something new:\n{output}");

    private static TimeSpan Duration(string text)
    {
        var unit = text.TrimStart([.. "0123456789."]);
        var value = double.Parse(text.AsSpan(0, text.Length - unit.Length), CultureInfo.InvariantCulture);
        return unit switch
        {
            "us" => TimeSpan.FromMicroseconds(value),
            "ms" => TimeSpan.FromMilliseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            "m" => TimeSpan.FromMinutes(value),
            _ => throw new BenchmarkAnswerException($"wrk used the unit '{unit}'."),
        };
    }

    [GeneratedRegex(@"(\d+) requests in ([\d.]+\w+)", RegexOptions.None, 1000)]
    private static partial Regex Total();

    [GeneratedRegex(@"50%\s+([\d.]+\w+)", RegexOptions.None, 1000)]
    private static partial Regex Median();

    [GeneratedRegex(@"99%\s+([\d.]+\w+)", RegexOptions.None, 1000)]
    private static partial Regex Tail();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)", RegexOptions.None, 1000)]
    private static partial Regex Refused();

    [GeneratedRegex(@"connect (\d+), read (\d+), write (\d+), timeout (\d+)", RegexOptions.None, 1000)]
    private static partial Regex Broken();
}
