using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Uploads;

/// <summary>One request by curl, timed by curl itself, so that starting the process costs nothing.</summary>
internal static class Curl
{
    public static async Task<(string Body, TimeSpan Time)> SendAsync(IEnumerable<string> arguments, string? limitRate)
    {
        string[] limit = limitRate is null ? [] : ["--limit-rate", limitRate];
        var start = new ProcessStartInfo(
            Tools.Need("curl", "curl"),
            ["-sS", "--noproxy", "*", "-H", "Expect:", "-w", "\n%{http_code} %{time_total}", .. limit, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var cut = output.LastIndexOf('\n');
        var body = cut < 0 ? "" : output[..cut];
        var (status, time) = output[(cut + 1)..].Split(' ') is [var code, var seconds]
            ? (int.Parse(code, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)))
            : default;
        return status is >= 200 and < 300 && process.ExitCode == 0
            ? (body, time)
            : throw new BenchmarkException($"curl: {status} {body} {await errors}");
    }
}
