using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>The store goes away while a recording is fetched.</summary>
public sealed class LostStoreTests(LostStoreTests.Fixture gateway) : IClassFixture<LostStoreTests.Fixture>
{
    [Fact]
    public async Task A_recording_that_was_fetched_while_the_store_went_away_leaves_the_spool_and_is_fetched_again()
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = async context =>
        {
            context.Response.ContentLength = CallWords.Audio.Length;
            await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(0, CallWords.Audio.Length / 2), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await rest.Task.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(CallWords.Audio.Length / 2), context.RequestAborted);
        };
        var spool = gateway.Gateway.Services.GetRequiredService<Spool>();
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync("lost-store", new Uri(provider.Address, "/call.mp3"));
        await Until.TrueAsync(() => spool.Bytes > 0, "half of the recording is in the spool");

        // The file is whole before anything can be written about it.
        await gateway.StoreNetwork.CutAsync();
        rest.SetResult();
        await Until.TrueAsync(() => (spool.Files, spool.Bytes, spool.Memory) == (0, 0L, 0L), "the spool is empty again");

        provider.Behaviour = null;
        gateway.StoreNetwork.Restore();
        await Until.TrueAsync(
            () => gateway.Emulator.State.Recordings.All.Any(r => r.Title == "lost-store"), "the call is forwarded after all",
            TimeSpan.FromSeconds(60));
        await client.CallAsync(id, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == "lost-store");
    }

    public sealed class Fixture : GatewayFixture
    {
        private TcpRelay? _network;

        internal TcpRelay StoreNetwork => _network!;

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (_network is not null)
            {
                await _network.DisposeAsync();
            }
        }

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            _network = TcpRelay.To(Store);
            settings["Redis:Configuration"] = $"127.0.0.1:{_network.Port},asyncTimeout=5000";
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            return Task.CompletedTask;
        }
    }
}
