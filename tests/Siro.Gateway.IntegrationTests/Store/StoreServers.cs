using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Store;

public sealed class OnRedis(OnRedis.Server server) : StoreConformance(server), IClassFixture<OnRedis.Server>
{
    public sealed class Server : StoreFixture
    {
        public override string? Missing => StoreServer.RedisMissing;

        protected override async Task<StoreServer> StartAsync() => await RedisServer.StartAsync();
    }
}

public sealed class OnGarnet(OnGarnet.Server server) : StoreConformance(server), IClassFixture<OnGarnet.Server>
{
    public sealed class Server : StoreFixture
    {
        protected override async Task<StoreServer> StartAsync() => await GarnetServer.StartAsync();
    }
}

public sealed class OnRedisCluster(OnRedisCluster.Server server) : StoreConformance(server), IClassFixture<OnRedisCluster.Server>
{
    public sealed class Server : StoreFixture
    {
        public override string? Missing => StoreServer.RedisMissing;

        protected override async Task<StoreServer> StartAsync() => await RedisCluster.StartAsync();
    }
}
