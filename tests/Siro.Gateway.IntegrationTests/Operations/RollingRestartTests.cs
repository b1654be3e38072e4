using System.Net.Http.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Three replicas are replaced one after another while calls, uploads and webhooks come in, through a client that does what a load balancer
/// does.
/// </summary>
[Long]
public sealed class RollingRestartTests(RollingRestartTests.Fixture gateway) : IClassFixture<RollingRestartTests.Fixture>
{
    // A line for each call would push what matters out of the lines that are kept.
    private static readonly (string, string?)[] Fast =
    [
        ("Shutdown:Notice", "00:00:01"),
        ("Shutdown:Drain", "00:00:20"),
        ("Webhooks:RetrySchedule:0", "00:00:00"),
        ("Webhooks:RetrySchedule:1", "00:00:01"),
        ("Webhooks:RetrySchedule:2", "00:00:02"),
        ("Logging:LogLevel:Siro.Gateway.Access", "Warning"),
    ];

    /// <summary>
    /// How often all three are replaced, and how many do the same at once: once and one, at the full measure three times and four.
    /// </summary>
    private static readonly (int Rounds, int Lanes) Scale = TestScale.Factor < 10 ? (1, 1) : (3, 4);

    [Fact]
    public async Task No_call_no_upload_no_event_and_no_lease_is_lost()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var subscribers = await Subscribers.StartAsync();
        await using var balancer = new Balancer();
        var replicas = new Queue<GatewayProcess>(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.StartProcessAsync(Fast))));
        var gone = new List<GatewayProcess>();
        try
        {
            foreach (var replica in replicas)
            {
                balancer.Add(replica);
            }

            await Until.TrueAsync(() => balancer.Ready == 3, "three replicas are ready");
            var load = new RollingLoad(gateway, balancer, subscribers, Scale.Lanes);
            await load.SubscribeAsync();
            using var end = new CancellationTokenSource();
            var run = load.RunAsync(end.Token);
            for (var i = 0; i < 3 * Scale.Rounds; i++)
            {
                var fresh = await gateway.StartProcessAsync(Fast);
                replicas.Enqueue(fresh);
                balancer.Add(fresh);
                await Until.TrueAsync(() => balancer.IsReady(fresh), "the new replica is ready");
                var old = replicas.Dequeue();
                gone.Add(old);
                Assert.Equal(0, await old.StopAsync());
                balancer.Remove(old);
            }

            await end.CancelAsync();
            await run;
            await load.CheckAsync();
            var lost = gone.Concat(replicas).SelectMany(g => g.Output)
                .Count(l => l.Contains("the lease was lost", StringComparison.Ordinal));
            TestContext.Current.TestOutputHelper?.WriteLine($"{gone.Count} replicas replaced: {load}; {lost} leases lost");
            Assert.Equal(0, lost);
            Assert.DoesNotContain(gone.SelectMany(g => g.Output), l => l.Contains("\"level\":\"critical\"", StringComparison.Ordinal));
            Assert.All(gone, g => Assert.Contains(g.Output, l => l.Contains("Drained", StringComparison.Ordinal)));
        }
        finally
        {
            foreach (var replica in replicas.Concat(gone))
            {
                await replica.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task From_the_signal_on_it_is_not_ready_and_still_serves_whoever_comes()
    {
        await using var replica = await gateway.StartProcessAsync(("Shutdown:Notice", "00:00:03"));
        using var client = replica.CreateClient();
        Assert.True((await client.GetAsync("/health/ready")).IsSuccessStatusCode);

        replica.Process.Terminate();
        await Until.TrueAsync(
            async () => (int)(await client.GetAsync("/health/ready")).StatusCode == 503, "it is not ready", TimeSpan.FromSeconds(10));
        using var served = await client.GetAsync("/v1/me");
        Assert.True(served.IsSuccessStatusCode);
        Assert.True(served.Headers.ConnectionClose);
        Assert.Equal(0, await replica.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Work_that_does_not_end_in_time_is_given_back_and_another_replica_does_it()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var subscribers = await Subscribers.StartAsync();
        var hangs = 1;
        subscribers.Behave("hangs", async (context, _) =>
        {
            if (Interlocked.Exchange(ref hangs, 0) == 1)
            {
                // Until whoever sent it hangs up.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        (string, string?)[] settings = [("Shutdown:Drain", "00:00:05"), ("Shutdown:Notice", "00:00:00"), ("Webhooks:Timeout", "00:01:00")];
        await using var going = await gateway.StartProcessAsync(settings);
        using var client = going.CreateClient();
        using (var created = await client.PostAsJsonAsync(
            "/v1/subscriptions", new { url = subscribers.Url("hangs"), events = new[] { "*" } }, TestContext.Current.CancellationToken))
        {
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        using (var taken = await client.PostWebhookAsync("msg_hangs", SiroSender.Event("rec-hangs")))
        {
            Assert.True(taken.IsSuccessStatusCode);
        }

        await Until.TrueAsync(() => subscribers.At("hangs").Count == 1, "the delivery hangs");
        await using var staying = await gateway.StartProcessAsync(settings);
        var signalled = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await going.StopAsync());
        var ended = TimeProvider.System.GetElapsedTime(signalled);
        await Until.TrueAsync(() => subscribers.At("hangs").Count == 2, "another replica delivers");
        TestContext.Current.TestOutputHelper?.WriteLine($"ended {ended.TotalSeconds:0.0} s after the signal, delivered by the other "
            + $"{TimeProvider.System.GetElapsedTime(signalled).TotalSeconds:0.0} s after it");
        Assert.Contains(going.Output, l => l.Contains("they are given back", StringComparison.Ordinal));
        Assert.DoesNotContain(going.Output.Concat(staying.Output), l => l.Contains("the lease was lost", StringComparison.Ordinal));
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        // The load is not held back by Siro's limit: what is looked for is what a restart loses.
        protected override Siro.Emulator.EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = "100000";
            return Task.CompletedTask;
        }
    }
}
