using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>The Redis that runs the scripts of simulations, one after another.</summary>
public sealed class SimulationServer : IAsyncLifetime
{
    private RedisServer? _redis;

    public ConnectionMultiplexer? Connection { get; private set; }

    public string Configuration => _redis!.Configuration;

    public async ValueTask InitializeAsync()
    {
        if (StoreServer.RedisMissing is null)
        {
            _redis = await RedisServer.StartAsync("--appendonly", "no");
            Connection = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Connection is not null)
        {
            await Connection.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}
