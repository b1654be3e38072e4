using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

[Long]
public sealed class OnRedis(OnRedis.Server server) : StoreConformance(server), IClassFixture<OnRedis.Server>
{
    public sealed class Server : StoreFixture
    {
        public override string? Missing => StoreServer.RedisMissing;

        protected override async Task<StoreServer> StartAsync() => await RedisServer.StartAsync();
    }
}

[Long]
public sealed class OnGarnet(OnGarnet.Server server) : StoreConformance(server), IClassFixture<OnGarnet.Server>
{
    public sealed class Server : StoreFixture
    {
        protected override async Task<StoreServer> StartAsync() => await GarnetPool.TakeAsync();
    }
}

[Long]
public sealed class OnRedisCluster(OnRedisCluster.Server server) : StoreConformance(server), IClassFixture<OnRedisCluster.Server>
{
    [Fact]
    public async Task Replicas_are_asked_on_the_node_that_took_the_write()
    {
        await using var store = new StoreHarness(((StoreFixture)server).Server.Configuration, "replicas:1");
        for (var n = 0; n < 6; n++)
        {
            var queue = store.Queues.Queue(new JobKind("confirmed"), $"p{n}");
            var e = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => queue.EnqueueAsync(new JobSpec { Id = new JobId("a"), State = "new" }, null, TestContext.Current.CancellationToken));
            Assert.Contains("0 of 1 replicas", e.Message, StringComparison.Ordinal);
        }
    }

    public sealed class Server : StoreFixture
    {
        public override string? Missing => StoreServer.RedisMissing;

        protected override async Task<StoreServer> StartAsync() => await RedisCluster.StartAsync();
    }
}
