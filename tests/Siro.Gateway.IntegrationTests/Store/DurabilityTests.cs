using System.Globalization;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>What <c>Store:Durability</c> promises, and Sentinel: only Redis itself has replicas.</summary>
public sealed class DurabilityTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public DurabilityTests() => Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");

    [Fact]
    public async Task The_servers_settings_are_compared_with_the_promise()
    {
        await using var strict = await RedisServer.StartAsync();
        await using var weak = await RedisServer.StartAsync("--appendfsync", "everysec");
        await using var kept = new StoreHarness(strict.Configuration);
        await using var broken = new StoreHarness(weak.Configuration);
        await using var relaxed = new StoreHarness(weak.Configuration, "relaxed");
        await using var alone = new StoreHarness(strict.Configuration, "replicas:1");
        Assert.Equal(DurabilityVerdict.Kept, (await kept.Store.ProbeAsync(Cancelled)).Durability);
        Assert.Equal(DurabilityVerdict.Broken, (await broken.Store.ProbeAsync(Cancelled)).Durability);
        Assert.Equal(DurabilityVerdict.Kept, (await relaxed.Store.ProbeAsync(Cancelled)).Durability);
        Assert.Equal(DurabilityVerdict.Broken, (await alone.Store.ProbeAsync(Cancelled)).Durability);
        Assert.NotNull(kept.Store.Current.Latency);
    }

    [Fact]
    public async Task A_write_is_acknowledged_only_when_enough_replicas_have_it()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1 {primary.Port}"));
        await using var store = new StoreHarness(primary.Configuration, "replicas:1");
        var queue = store.Queues.Queue(new JobKind("test"), "p");
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await queue.EnqueueAsync(Spec("a"), new OperationId("first"), Cancelled)).Status == EnqueueStatus.Created;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the replica has caught up and confirms");
        Assert.Equal(DurabilityVerdict.Kept, (await store.Store.ProbeAsync(Cancelled)).Durability);

        replica.Pause();
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => queue.EnqueueAsync(Spec("b"), new OperationId("second"), Cancelled));
        Assert.Contains("0 of 1 replicas", e.Message, StringComparison.Ordinal);

        // What needs no confirmation goes on; and the repeated operation, confirmed this time, is the first one.
        Assert.NotNull(await queue.FindAsync(new JobId("b"), Cancelled));
        replica.Resume();
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await queue.EnqueueAsync(Spec("b"), new OperationId("second"), Cancelled)).Status == EnqueueStatus.Created;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the replica confirms again");
    }

    [Fact]
    public async Task Sentinels_primary_is_followed_through_a_failover_and_what_a_replica_confirmed_is_there()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1 {primary.Port}"));
        await using var sentinel = await RedisServer.StartSentinelAsync(primary.Port);
        await using var store = new StoreHarness($"{sentinel.Configuration},serviceName=siro", "replicas:1");
        var queue = store.Queues.Queue(new JobKind("test"), "p");
        await StoredAsync(queue, "a");
        await Until.TrueAsync(async () => (await sentinel.CommandAsync("SENTINEL FAILOVER siro")).StartsWith("+OK",
            StringComparison.Ordinal), "sentinel knows the replica");
        await Until.TrueAsync(
            async () => (await replica.CommandAsync("ROLE")).Contains("master", StringComparison.Ordinal), "the replica is the primary");
        Assert.Contains(":1", await replica.CommandAsync("ZCARD " + JobKeys.Queue("test", "p") + "all"), StringComparison.Ordinal);

        // Sentinel would do this itself some ten seconds later.
        await primary.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"REPLICAOF 127.0.0.1 {replica.Port}"));
        await StoredAsync(queue, "b");
        Assert.Contains(":2", await replica.CommandAsync("ZCARD " + JobKeys.Queue("test", "p") + "all"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_ends_at_a_replica_is_hung_up_and_made_anew()
    {
        await using var first = await RedisServer.StartAsync();
        await using var second = await RedisServer.StartAsync();
        await using var store = new StoreHarness(first.Configuration);
        var queue = store.Queues.Queue(new JobKind("test"), "p");
        await StoredAsync(queue, "a");
        var before = await ConnectionsAsync(first);
        Assert.NotEmpty(before);
        await first.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"REPLICAOF 127.0.0.1 {second.Port}"));
        await Until.TrueAsync(
            async () =>
            {
                await Assert.ThrowsAsync<StoreUnavailableException>(() => queue.EnqueueAsync(Spec("b"), null, Cancelled));
                return store.Store.HangUps > 0 && (await ConnectionsAsync(first)) is { Length: > 0 } after && before.Except(after).Any()
                    && after.Except(before).Any();
            },
            "the connection for commands is hung up and made anew");
        await first.CommandAsync("REPLICAOF NO ONE");
        await StoredAsync(queue, "b");
    }

    /// <summary>The ids of the gateway's connections.</summary>
    private static async Task<string[]> ConnectionsAsync(RedisServer server) =>
        [.. (await server.CommandAsync("CLIENT LIST")).Split('\n').Where(l => l.Contains("name=siro-gateway", StringComparison.Ordinal))
            .Select(l => l.Split(' ')[0])];

    private static Task StoredAsync(JobQueue queue, string id) => Until.TrueAsync(
        async () =>
        {
            try
            {
                return (await queue.EnqueueAsync(Spec(id), new OperationId(id), Cancelled)).Status == EnqueueStatus.Created;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        },
        $"{id} is stored");

    private static JobSpec Spec(string id) => new() { Id = new JobId(id), State = "new" };
}
