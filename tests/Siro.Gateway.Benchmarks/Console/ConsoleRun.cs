using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Siro.Gateway.Benchmarks.Webhooks;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary>The console's reads over a full store, what open pages cost the proxied path, and the first paint in a slow browser.</summary>
internal sealed class ConsoleRun(ConsoleOptions options, IAnsiConsole console)
{
    /// <summary>Dead letters are real: nobody listens at their subscriptions' addresses.</summary>
    private const string Nobody = "http://127.0.0.1:9/";

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var store = new FullStore(redis);
        var now = TimeProvider.System.GetUtcNow();
        await store.FillAsync(options.Events - options.Dead, now.AddDays(-25), now.AddMinutes(-5));

        await using var upstream = await Role.StartAsync("upstream");
        await using var gateway = await Role.StartAsync("gateway", Settings(redis, upstream.Address));
        console.MarkupLineInterpolated($"The log was indexed in {(await store.IndexedAsync()).TotalSeconds:N1} s, as after an upgrade.");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Address,
            DefaultRequestHeaders = { { "X-Api-Key", GatewaySettings.ApiKey } } };
        await FailAsync(client, gateway);
        var (all, signatures) = await store.MemoryAsync();
        console.MarkupLineInterpolated(
            $"{await store.CountAsync():N0} events, {options.Subscriptions} subscriptions, {options.Dead:N0} dead letters.");
        console.MarkupLineInterpolated($"Store: {all / 1e6:N0} MB, of that signatures {signatures / 1e6:N0} MB.");

        await new ReadPart(client, store, options, console).RunAsync();
        await new LivePart(client, gateway, redis, options, console).RunAsync();
        await new PaintPart(gateway.Address, store, options, console).RunAsync();
        return 0;
    }

    private static Dictionary<string, string> Settings(RedisServer redis, Uri upstream)
    {
        var settings = GatewaySettings.For(redis, upstream);
        settings["Siro__Organizations__bench__WebhookSecrets__0"] = SignedEvents.Secret;
        settings["Reconciliation__Enabled"] = "false";
        settings["Webhooks__AllowedNetworks__0"] = "127.0.0.0/8";
        settings["Webhooks__RetrySchedule__0"] = "00:00:00";
        settings["Webhooks__RetentionBytes"] = "4000000000";
        settings["Clients__bench__Permissions__0"] = "admin";
        return settings;
    }

    /// <summary>Subscriptions whose only deliveries are dead, made by the gateway itself.</summary>
    private async Task FailAsync(HttpClient client, Role gateway)
    {
        for (var i = 0; i < options.Subscriptions; i++)
        {
            using var answer = await client.PostAsJsonAsync("/v1/subscriptions",
                new { url = Nobody + i, events = new[] { Kind(i) }, description = $"Subscriber {i}" });
            if (!answer.IsSuccessStatusCode)
            {
                throw new BenchmarkException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        var events = new SignedEvents(gateway.Address);
        var left = options.Dead;
        await RawLoad.RunAsync(
            gateway.Address, () => Interlocked.Decrement(ref left) is var i and >= 0 ? events.NextRequestOf(Kind(i % options.Subscriptions))
                : null, 16, TimeSpan.FromMinutes(5));
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        long dead;
        while ((dead = (await client.GetFromJsonAsync<JsonElement>("/v1/overview")).GetProperty("deliveries").GetProperty("dead")
            .GetInt64()) < options.Dead)
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(5))
            {
                throw new BenchmarkException($"Only {dead} of {options.Dead} deliveries are dead.");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    private static string Kind(int subscription) => string.Create(CultureInfo.InvariantCulture, $"dead.of{subscription}");
}
