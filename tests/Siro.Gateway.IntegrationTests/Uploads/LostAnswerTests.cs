using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>The store takes an upload and is gone before it says so.</summary>
public sealed class LostAnswerTests(LostAnswerTests.Fixture gateway) : IClassFixture<LostAnswerTests.Fixture>
{
    private static readonly byte[] Audio = Recordings.Wav(30_000);

    [Fact]
    public async Task An_upload_whose_storing_was_not_answered_blocks_no_repeat_until_its_lease_ends()
    {
        using var client = gateway.CreateClient();
        var (title, key) = ("Title " + Guid.NewGuid(), Guid.NewGuid().ToString());

        // From now on the store knows the script by its hash.
        await client.UploadAsync(Forms.Of(Audio));
        var cut = gateway.StoreNetwork.CutInFrontOfAnswerAsync(Convert.ToHexStringLower(JobScripts.Enqueue.Hash));
        var (refused, problem) = await client.UploadAsync(Forms.Of(Audio, title: title), key);
        await cut;
        gateway.StoreNetwork.Restore();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store_unavailable"), (refused.StatusCode, problem.Text("code")));
        var id = "";
        await Until.TrueAsync(
            async () =>
            {
                // Without the store it is another answer.
                var page = await client.GetJsonAsync("/v1/uploads?idempotencyKey=" + key);
                id = page.TryGetProperty("data", out var data) && data.GetArrayLength() == 1
                    && data[0].Text("status") == "bytes_expired" ? data[0].Text("id") : "";
                return id.Length > 0;
            },
            "what the store had of the upload is ended");

        // By the process that held it: who takes over at the end of a lease makes another attempt.
        await using var store = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration);
        Assert.Equal("1", (string?)await store.GetDatabase().HashGetAsync($"{JobKeys.Queue("upload", "acme")}job:{id}", "attempt"));
        var (repeated, _) = await client.UploadAsync(Forms.Of(Audio, title: title), key);
        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == title);
    }

    public sealed class Fixture : UploadsFixture
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

        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            await base.ConfigureAsync(settings);
            _network = TcpRelay.To(Store);
            settings["Redis:Configuration"] = $"127.0.0.1:{_network.Port},asyncTimeout=5000";
        }
    }
}
