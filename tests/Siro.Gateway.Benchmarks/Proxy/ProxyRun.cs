using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Proxy;

/// <summary>
/// The proxied path against bare YARP and nginx, same upstream, same run: warm-up, then rounds in which each contender
/// has one turn, in an order that rotates, so that what else happens on the machine falls on all of them alike.
/// </summary>
internal sealed class ProxyRun(ProxyOptions options, IAnsiConsole console)
{
    private const int QuietConnections = 8;

    private double _tenth;

    public async Task<int> RunAsync() => (await MeasureAsync()).Print(console);

    /// <summary>Runs all rounds; nothing is printed but the progress.</summary>
    public async Task<ProxyReport> MeasureAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        using var issuer = new TokenIssuer();
        await using var upstream = await Role.StartAsync(
            "upstream", new Dictionary<string, string>(StringComparer.Ordinal) { [TokenIssuer.KeySetVariable] = issuer.KeySet });
        await using var yarp = await Role.StartAsync("yarp", null, upstream.Address.ToString());
        await using var gateway = await Role.StartAsync("gateway", GatewaySettings.For(redis, upstream.Address));
        await using var nginx = options.Everybody ? await Nginx.StartAsync(upstream.Address) : null;

        var (load, alone) = (Tools.Find("wrk") is { } wrk ? (ILoad)new Wrk(wrk) : new RawLoad(), new RawLoad());
        var key = new KeyValuePair<string, string>("X-Api-Key", GatewaySettings.ApiKey);
        List<Contender> contenders =
        [
            new(ProxyReport.Direct, Target(upstream.Address, key), upstream, upstream),
            new(ProxyReport.Yarp, Target(yarp.Address, key), yarp, yarp),
            new(ProxyReport.Gateway, Target(gateway.Address, key), gateway, gateway),
        ];
        if (options.Everybody)
        {
            contenders.Add(new(ProxyReport.GatewayByToken,
                Target(gateway.Address, new("Authorization", "Bearer " + issuer.Token(upstream.Address))), gateway, gateway));
        }

        if (nginx is not null)
        {
            contenders.Insert(1, new("nginx", Target(nginx.Address, key), nginx.Process));
        }

        console.MarkupLineInterpolated(
            $"Load: {load.Name}, {options.Connections} connections. The gateway runs its shipped defaults; its log is read from a pipe and kept in {Role.Logs.FullName}.");
        await WarmUpAsync(load, contenders);

        var report = new ProxyReport(contenders);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var contender in Rotated(contenders, round))
            {
                var sample = await MeasureAsync(
                    contender, redis, () => load.RunAsync(contender.Target, options.Connections, options.Duration));
                var single = await alone.RunAsync(contender.Target, 1, options.QuietLease);
                report.Add(contender, sample,
                    new Quiet(single, await alone.RunAsync(contender.Target, QuietConnections, options.QuietLease, _tenth)));
                console.MarkupLineInterpolated(
                    $"[grey]round {round + 1}/{options.Rounds} {contender.Name,-16} {sample.Load.PerSecond,8:N0}/s[/]");
            }
        }

        return report;
    }

    private static LoadTarget Target(Uri address, KeyValuePair<string, string> credential) =>
        new(new Uri(address, "/platform/v1/core/recordings/rec_1"), [credential]);

    private static IEnumerable<Contender> Rotated(List<Contender> contenders, int by) =>
        contenders.Select((_, index) => contenders[(index + by) % contenders.Count]);

    private static async Task<Sample> MeasureAsync(Contender contender, RedisServer redis, Func<Task<LoadResult>> load)
    {
        var before = (contender.Process.Cpu, Allocated: await AllocatedAsync(contender), Calls: await redis.CallsAsync(),
            Lines: contender.Role?.LogLines ?? 0);
        var result = await load();

        var cpu = contender.Process.Cpu;
        await LoggedAsync(contender, before.Lines + result.Requests);
        var after = (Cpu: cpu, Allocated: await AllocatedAsync(contender), Calls: await redis.CallsAsync(),
            Lines: contender.Role?.LogLines ?? 0);
        return new Sample(
            result,
            after.Cpu - before.Cpu,
            after.Allocated - before.Allocated,
            after.Calls.ToDictionary(
                call => call.Key, call => call.Value - before.Calls.GetValueOrDefault(call.Key), StringComparer.Ordinal),
            after.Lines - before.Lines);
    }

    /// <summary>Until the lines of all calls have been read, or two seconds are over: then some were lost, as the report says.</summary>
    private static async Task LoggedAsync(Contender contender, long lines)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var logs = contender.Name is ProxyReport.Gateway or ProxyReport.GatewayByToken;
        for (var i = 0; logs && contender.Role?.LogLines < lines && i < 200; i++)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    private static async Task<long?> AllocatedAsync(Contender contender) =>
        contender.Role is { } role ? await role.AllocatedAsync() : null;

    private async Task WarmUpAsync(ILoad load, List<Contender> contenders)
    {
        // In slices, because tiered compilation needs quiet moments as well as calls.
        var slice = TimeSpan.FromSeconds(Math.Max(1, options.WarmUp.TotalSeconds / 4));
        for (var spent = TimeSpan.Zero; spent < options.WarmUp; spent += slice)
        {
            foreach (var contender in contenders.Where(c => c.Role is not null && c.Name != ProxyReport.Direct))
            {
                var result = await load.RunAsync(contender.Target, options.Connections, slice);
                console.MarkupLineInterpolated($"[grey]warm-up {contender.Name,-16} {result.PerSecond,8:N0}/s[/]");
                _tenth = contender.Name == ProxyReport.Yarp ? result.PerSecond / 10 : _tenth;
                if (result.Requests == 0)
                {
                    throw new BenchmarkException($"{contender.Name} answered nothing with 2xx: {await FirstAnswerAsync(contender)}");
                }
            }
        }
    }

    private static async Task<string> FirstAnswerAsync(Contender contender)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, contender.Target.Address);
        foreach (var (name, value) in contender.Target.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await client.SendAsync(request);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }
}
