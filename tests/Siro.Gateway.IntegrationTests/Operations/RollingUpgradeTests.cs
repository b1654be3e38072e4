using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Three replicas of an earlier build are replaced one after another by this one, on one store and under load: both read what the other
/// has written. One replica goes back on the way, as when an operator hesitates.
/// </summary>
[Trait("Category", "Upgrade")]
public sealed class RollingUpgradeTests(RollingUpgradeTests.Fixture gateway) : IClassFixture<RollingUpgradeTests.Fixture>
{
    private static readonly (string, string?)[] Fast =
    [
        ("Shutdown:Notice", "00:00:01"),
        ("Shutdown:Drain", "00:00:20"),
        ("Webhooks:RetrySchedule:0", "00:00:00"),
        ("Webhooks:RetrySchedule:1", "00:00:01"),
        ("Webhooks:RetrySchedule:2", "00:00:02"),
        ("Logging:LogLevel:Siro.Gateway.Access", "Warning"),
    ];

    [Fact]
    public async Task Nothing_is_lost_between_an_earlier_build_and_this_one()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        Assert.SkipUnless(await EarlierBuild.IsKnownAsync(), $"The clone's history does not reach back to {EarlierBuild.Commit}.");
        await using var earlier = await EarlierBuild.MakeAsync();
        await using var subscribers = await Subscribers.StartAsync();
        await using var balancer = new Balancer();
        var running = new Queue<GatewayProcess>();
        var all = new List<GatewayProcess>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await AddAsync(earlier.Dll);
            }

            var load = new RollingLoad(gateway, balancer, subscribers, TestScale.Factor < 10 ? 1 : 4);
            await load.SubscribeAsync();
            using var end = new CancellationTokenSource();
            var run = load.RunAsync(end.Token);
            await load.GoesOnAsync(20);

            // Old, old, new; old, new, old (back again); then one after another until all are new.
            foreach (var dll in (string[])[GatewayProcess.Dll, earlier.Dll, GatewayProcess.Dll, GatewayProcess.Dll, GatewayProcess.Dll])
            {
                await AddAsync(dll);
                await RemoveAsync();
                await load.GoesOnAsync(20);
            }

            await end.CancelAsync();
            await run;
            await load.CheckAsync();
            var lost = all.SelectMany(g => g.Output).Count(l => l.Contains("the lease was lost", StringComparison.Ordinal));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"From {EarlierBuild.Commit}, {all.Count - 3} replicas replaced: {load}; {lost} leases lost");
            Assert.Equal(0, lost);
            Assert.DoesNotContain(all.SelectMany(g => g.Output), l => l.Contains("\"level\":\"critical\"", StringComparison.Ordinal));
        }
        finally
        {
            foreach (var replica in all)
            {
                await replica.DisposeAsync();
            }
        }

        async Task AddAsync(string dll)
        {
            var fresh = await gateway.StartProcessOfAsync(dll, Fast);
            all.Add(fresh);
            running.Enqueue(fresh);
            balancer.Add(fresh);
            await Until.TrueAsync(() => balancer.IsReady(fresh), "the new replica is ready");
        }

        async Task RemoveAsync()
        {
            var old = running.Dequeue();
            Assert.Equal(0, await old.StopAsync());
            balancer.Remove(old);
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        // The load is not held back by Siro's limit: what is looked for is what an upgrade loses.
        protected override Siro.Emulator.EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = "100000";
            return Task.CompletedTask;
        }
    }
}
