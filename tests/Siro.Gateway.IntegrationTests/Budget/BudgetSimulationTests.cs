using Siro.Gateway.Budget;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>The rules, in simulated time (see <see cref="BudgetSimulation"/>): 60 in 6 seconds.</summary>
public sealed class BudgetSimulationTests : IAsyncLifetime
{
    private RedisServer? _server;
    private ConnectionMultiplexer? _connection;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        _server = await RedisServer.StartAsync("--appendonly", "no");
        _connection = await ConnectionMultiplexer.ConnectAsync(_server.Configuration + ",allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public void Three_replicas_under_five_times_the_demand_use_the_limit_and_never_more()
    {
        var sim = Start(1, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            foreach (var client in (string[])["a", "b", "c", "d"])
            {
                sim.Traffic(replica, client, 50.0 / 12, 0, 60_000);
            }
        }

        sim.Run(70_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.97, 1.02);
        Assert.InRange(Jain(sim.Clients.Values.Select(c => (double)c.Arrived)), 0.95, 1);
    }

    private BudgetSimulation Start(int seed, int replicas, int limit = 60, int windowSeconds = 6)
    {
        var sim = new BudgetSimulation(_connection!.GetDatabase(), seed, limit, windowSeconds);
        for (var i = 0; i < replicas; i++)
        {
            sim.AddReplica(i * 30_000);
        }

        return sim;
    }

    private static double Jain(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return Math.Pow(all.Sum(), 2) / (all.Length * all.Sum(v => v * v));
    }

    private static void Report(BudgetSimulation sim)
    {
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"arrivals {sim.Arrivals.Count}, most {sim.MostInAnyWindow()}, calls {sim.StoreCalls}");
        foreach (var (name, c) in sim.Clients)
        {
            output?.WriteLine($"{name}: sent {c.Sent} arrived {c.Arrived} refused {c.Refused} longest wait {c.LongestWait:0}");
        }
    }
}
