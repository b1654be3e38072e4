using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>
/// The job engine against its model, by seed: <c>SIRO_PROPERTY_SEED=7</c> plays another course, or one that failed, and
/// <c>SIRO_TEST_SCALE</c> more of them.
/// </summary>
public sealed class JobModelTests(JobModelTests.Server server) : IClassFixture<JobModelTests.Server>
{
    private static readonly int First = TestScale.Seed ?? 1;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(First, 10 * TestScale.Factor)];

    public static TheoryData<int> KillSeeds => [.. Enumerable.Range(First, 2 * TestScale.Factor)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_course_of_events_leaves_the_queue_as_the_model_says(int seed)
    {
        await using var play = await PlayAsync(seed);
        await play.Run.RunAsync(120, kill: _ => false);
    }

    [Theory]
    [MemberData(nameof(KillSeeds))]
    public async Task The_store_is_killed_in_every_third_step_and_each_is_done_once(int seed)
    {
        await using var play = await PlayAsync(1000 + seed);
        await play.Run.RunAsync(45, kill: step => step % 3 == seed % 3);
        TestContext.Current.TestOutputHelper?.WriteLine($"{play.Run.Kills} kills");
        Assert.True(play.Run.Kills > 5);
    }

    private async Task<Play> PlayAsync(int seed)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var replica = new StoreHarness(server.Redis.Configuration, time: new StoreConformance.StoppedTimers());
        var connection = await ConnectionMultiplexer.ConnectAsync(server.Redis.Configuration);
        return new Play(replica, connection, new JobModelRun(server.Redis, replica, connection.GetDatabase(), seed));
    }

    private sealed record Play(StoreHarness Replica, ConnectionMultiplexer Connection, JobModelRun Run) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Replica.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }

    public sealed class Server : IAsyncLifetime
    {
        public RedisServer Redis { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            if (StoreServer.RedisMissing is null)
            {
                Redis = await RedisServer.StartAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (Redis is not null)
            {
                await Redis.DisposeAsync();
            }
        }
    }
}
