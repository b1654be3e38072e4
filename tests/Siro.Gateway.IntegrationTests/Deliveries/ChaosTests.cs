using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>Every acknowledged event reaches every subscriber that should have it, whatever dies meanwhile.</summary>
[Trait("Category", "Chaos")]
public abstract class ChaosTests : GatewayFixture
{
    protected override bool StartsGateway => false;

    protected virtual int Disruptions => 1;

    protected virtual int StoreRestarts => 1;

    /// <summary>With the patience that the product ships with.</summary>
    protected override Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        settings["Redis:Configuration"] = Store.Configuration;
        return Task.CompletedTask;
    }

    [Fact]
    public async Task No_acknowledged_event_is_lost()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        await using var chaos = await Chaos.StartAsync(ChaosPlan.Of(Disruptions, StoreRestarts), this);
        var report = await chaos.RunAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"{GetType().Name}: {report}");
    }
}

public sealed class ChaosOnRedis : ChaosTests
{
    protected override int Disruptions => 2;

    protected override string? Missing => StoreServer.RedisMissing;
}

public sealed class ChaosOnGarnet : ChaosTests
{
    /// <summary>
    /// Enough for the whole run: what is on Garnet's disk is read, changed and written whole, queues of ten thousand included.
    /// </summary>
    protected override async Task<StoreServer> CreateStoreAsync() =>
        await GarnetServer.StartAsync(memory: TestScale.Factor > 1 ? "4g" : "256m");
}

public sealed class ChaosOnRedisCluster : ChaosTests
{
    protected override string? Missing => StoreServer.RedisMissing;

    protected override async Task<StoreServer> CreateStoreAsync() => await RedisCluster.StartAsync();
}
