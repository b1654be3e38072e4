using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Events;

/// <summary>A store that loses everything (FLUSHALL, a failover to an empty replica) takes the configured subscriptions with it.</summary>
public sealed class EmptiedStoreTests(EmptiedStoreTests.Emptied gateway) : WebhookTest(gateway), IClassFixture<EmptiedStoreTests.Emptied>
{
    /// <summary>A store of its own, which nobody else misses.</summary>
    public sealed class Emptied : WebhookFixture;

    [Fact]
    public async Task Events_acknowledged_right_after_the_store_lost_everything_reach_the_configured_subscriptions()
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync(Fixture.Store.LenientConfiguration + ",allowAdmin=true");
        var before = await EmitAsync("""{"eventType":"before"}""");
        await ReceivedAsync("billing", r => r.Id == before, "the gateway is at work");
        for (var round = 0; round < 5; round++)
        {
            await admin.GetServers()[0].FlushAllDatabasesAsync();
            var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => EmitAsync("""{"eventType":"after"}""")));
            foreach (var id in ids)
            {
                await ReceivedAsync("billing", r => r.Id == id, $"what was acknowledged is delivered (round {round})");
            }
        }
    }
}
