using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Benchmarks.All;
using Siro.Gateway.Benchmarks.Hosting;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Uploads;

/// <summary>How much a run of <c>uploads</c> measures; the defaults take about three minutes.</summary>
internal sealed record UploadsOptions
{
    /// <summary>Rounds; in each, both ways have one turn.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Size of the large file in bytes.</summary>
    public int FileBytes { get; init; } = 100_000_000;

    /// <summary>The caller's slow link, as curl's --limit-rate takes it: bytes a second. 100 Mbit/s.</summary>
    public int SlowLink { get; init; } = 12_500_000;

    /// <summary>Which part is measured alone: <c>large</c> (loopback), <c>slow</c> (the link), <c>small</c>; null for all.</summary>
    public string? Only { get; init; }
}

/// <summary>Uploads through the gateway beside Siro's three steps by hand, against the emulator.</summary>
internal sealed class UploadsRun(UploadsOptions options, IAnsiConsole console)
{
    private const int AtOnce = 8;

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var (emulator, siro) = await EmulatorRole.StartAsync();
        await using var emulatorProcess = emulator;
        using var spool = new TemporaryDirectory("siro-bench-spool-");
        await using var gateway = await Role.StartAsync(
            "gateway", GatewaySettings.For(redis, siro, new KeyValuePair<string, string>("Uploads:SpoolDirectory", spool.Path)));
        await using var yarp = await Role.StartAsync("yarp", null, siro.Storage.ToString());
        var userToken = await MintAsync(siro);
        var file = Path.Combine(spool.Path, "large.wav");
        await File.WriteAllBytesAsync(file, AudioFile.Wav(options.FileBytes));

        var uploads = new CurlUploads(gateway.Address, siro, userToken);
        console.MarkupLineInterpolated($"A .wav file of {options.FileBytes:N0} bytes by curl; Siro is the emulator.");
        await uploads.ByHandAsync(file, null); // warm-up of both ways
        await uploads.ThroughGatewayAsync(file, null);
        await uploads.ByHandAsync(file, null, yarp.Address);
        if (options.Only is null or "large")
        {
            await CompareAsync("loopback", uploads, file, null, options.Rounds, yarp.Address);
        }

        if (options.Only is null or "slow")
        {
            await CompareAsync($"a caller's link of {options.SlowLink / 125_000} Mbit/s", uploads, file, $"{options.SlowLink}",
                Math.Max(1, options.Rounds / 2));
        }

        if (options.Only is null)
        {
            await MeasureMemoryAsync(gateway, uploads, file);
        }

        if (options.Only is null or "small")
        {
            using var small = new SmallUploads(gateway.Address, siro, userToken, AudioFile.Wav(1_000_000));
            await CompareSmallAsync(small, gateway, redis);
        }

        return 0;
    }

    private static async Task<string> MintAsync(EmulatorRole.Facts siro)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("siro-bench", null));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", siro.Token);
        using var answer = await client.PostAsJsonAsync(
            $"{siro.External.ToString().TrimEnd('/')}/v1/core/oauth/apps/{siro.ClientId}/access-token",
            new { clientSecret = siro.ClientSecret, userId = siro.UserId, scope = "write" });
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("accessToken").GetString()!;
    }

    /// <param name="yarp">A bare YARP before the storage: what passing the PUT on costs without looking at a byte of it.</param>
    private async Task CompareAsync(string link, CurlUploads uploads, string file, string? limitRate, int rounds, Uri? yarp = null)
    {
        var (through, byHand, passed) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // Each leaves work behind for who comes next (pages to write, files to drop), so they take turns.
            List<(List<double> Times, Func<Task<TimeSpan>> Upload)> turns = [
                (through, () => uploads.ThroughGatewayAsync(file, limitRate)), (byHand, () => uploads.ByHandAsync(file, limitRate))];
            if (yarp is not null)
            {
                turns.Add((passed, () => uploads.ByHandAsync(file, limitRate, yarp)));
            }

            for (var turn = 0; turn < turns.Count; turn++)
            {
                var (times, upload) = turns[(round + turn) % turns.Count];
                times.Add((await upload()).TotalSeconds);
            }
        }

        var ratio = Median.Of(through.Zip(byHand, (one, other) => one / other));
        console.MarkupLineInterpolated(
            $"Over {link}, medians of {rounds}: gateway [bold]{Median.Of(through):0.00} s[/], by hand {Median.Of(byHand):0.00} s, ratio [bold]{ratio:0.00}[/] (gateway {through.Min():0.00}..{through.Max():0.00} s, by hand {byHand.Min():0.00}..{byHand.Max():0.00} s).");
        if (yarp is not null)
        {
            ResultTable.AtMost("upload of 100 MB on loopback / the three steps by hand", ratio, 1.6);
            console.MarkupLineInterpolated(
                $"The same by hand with the PUT passed on by bare YARP: {Median.Of(passed):0.00} s, ratio {Median.Of(passed.Zip(byHand, (one, other) => one / other)):0.00}; it neither hashes nor keeps a byte.");
        }
    }

    private async Task MeasureMemoryAsync(Role gateway, CurlUploads uploads, string file)
    {
        gateway.ResetPeak();
        var before = gateway.PeakMemory;
        var allocated = await gateway.AllocatedAsync();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => uploads.ThroughGatewayAsync(file, null)));
        var peak = gateway.PeakMemory;
        console.MarkupLineInterpolated(
            $"{AtOnce} uploads of {options.FileBytes:N0} bytes at once: the gateway's memory peaks at [bold]{peak / 1e6:N0} MB[/] ({(peak - before) / 1e6:N0} MB above where it stood); it allocated {(await gateway.AllocatedAsync() - allocated) / 1e6 / AtOnce:N1} MB an upload.");
    }

    private async Task CompareSmallAsync(SmallUploads small, Role gateway, RedisServer redis)
    {
        var turn = TimeSpan.FromSeconds(4);
        var (through, byHand, cpu, calls) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());

        // Until both ways' code is compiled: a process that has just started spends a third of its time on that.
        await small.RateAsync(throughGateway: true, 3 * turn);
        await small.RateAsync(throughGateway: false, turn);
        for (var round = 0; round < options.Rounds; round++)
        {
            var (cpuBefore, callsBefore) = (gateway.Cpu, await redis.ScriptsAsync());
            var rate = await small.RateAsync(throughGateway: true, turn);
            through.Add(rate);
            cpu.Add((gateway.Cpu - cpuBefore).TotalMilliseconds / (rate * turn.TotalSeconds));
            calls.Add((await redis.ScriptsAsync() - callsBefore) / (rate * turn.TotalSeconds));
            byHand.Add(await small.RateAsync(throughGateway: false, turn));
        }

        ResultTable.AtLeast("uploads of 1 MB, 8 at once / by hand", Median.Of(through.Zip(byHand, (one, other) => one / other)), 0.7);
        console.MarkupLineInterpolated(
            $"Files of 1 MB, 8 at once, medians of {options.Rounds}: gateway [bold]{Median.Of(through):N0}/s[/], by hand {Median.Of(byHand):N0}/s, ratio [bold]{Median.Of(through.Zip(byHand, (one, other) => one / other)):0.00}[/]. One costs the gateway {Median.Of(cpu):0.0} ms of CPU and {Median.Of(calls):0.0} scripts in Redis.");
    }
}
