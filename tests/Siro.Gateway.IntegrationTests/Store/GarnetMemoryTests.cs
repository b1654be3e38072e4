using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>The embedded store of the sandbox, as it is started there and here.</summary>
public sealed class GarnetMemoryTests
{
    [Fact]
    public async Task What_no_longer_fits_into_its_memory_is_still_there()
    {
        var cancelled = TestContext.Current.CancellationToken;
        await using var garnet = await GarnetServer.StartAsync(memory: "64m");
        await using var store = new StoreHarness(garnet.Configuration);
        var queue = store.Queues.Queue(new JobKind("test"), "p");
        var ids = Enumerable.Range(0, 50).Select(n => new JobId($"cold{n}")).ToList();
        foreach (var id in ids)
        {
            await queue.EnqueueAsync(new JobSpec { Id = id, State = "new" }, null, cancelled);
        }

        // Twice the memory, in other keys.
        await using var filler = await ConnectionMultiplexer.ConnectAsync(garnet.Configuration + ",syncTimeout=60000,asyncTimeout=60000");
        var value = new string('x', 2000);
        await Parallel.ForEachAsync(Enumerable.Range(0, 120), cancelled, async (n, _) => await Until.TrueAsync(
            async () =>
            {
                try
                {
                    await Task.WhenAll(Enumerable.Range(0, 500).Select(
                        i => filler.GetDatabase().StringSetAsync($"filler:{n}:{i}", value)));
                    return true;
                }
                catch (RedisConnectionException)
                {
                    // Seen once, 40 ms after connecting; why is not known. The filling is not what is tested: the same values once more.
                    return false;
                }
            },
            $"the values {n} are written"));

        await AllThereAsync();
        await garnet.KillAsync();
        await garnet.RestartAsync();
        await AllThereAsync();

        async Task AllThereAsync()
        {
            foreach (var id in ids)
            {
                await Until.TrueAsync(
                    async () =>
                    {
                        try
                        {
                            Assert.NotNull(await queue.FindAsync(id, cancelled));
                            return true;
                        }
                        catch (StoreUnavailableException)
                        {
                            return false;
                        }
                    },
                    "the store answers");
            }
        }
    }
}
