using System.Net;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Siro.Gateway.IntegrationTests.Uploads.RawCaller;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>Two hundred callers that send 1 KB a second, real sockets against a process of its own, while others upload as ever.</summary>
public sealed class SlowCallersTests(SlowCallersTests.Fixture gateway) : IClassFixture<SlowCallersTests.Fixture>
{
    private const int Slow = 200;
    private const int Normal = 40;
    private const int Size = 20_000_000;

    private static readonly byte[] Head = [.. Part("userEmail", "rep1@example.com"), .. Part("file", [], "call.wav")[..^2]];
    private static readonly byte[] Audio = Recordings.Wav(1_000_000, seed: 5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public sealed class Fixture : UploadsFixture
    {
        protected override bool StartsGateway => false;
    }

    [Fact]
    public async Task They_hold_no_lease_no_place_and_nobody_up()
    {
        gateway.Emulator.Options.RateLimit = 0;
        await using var process = await gateway.StartProcessAsync(("Logging:LogLevel:Default", "Warning"), ("Budget:Requests", "1000000"));
        using var client = process.CreateClient();
        var since = gateway.Emulator.Journal.Last;

        // Together they announce 4 GB, which is the whole spool: what is announced takes nobody's place.
        var callers = await Task.WhenAll(Enumerable.Range(0, Slow).Select(_ => ConnectAsync(process.Address)));
        try
        {
            await Task.WhenAll(callers.Select(async c =>
            {
                await c.SendHeadAsync(Head.Length + (long)Size + End.Length + 2);
                await c.SendAsync(Head);
            }));
            using var trickling = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var trickle = TrickleAsync(callers, trickling.Token);
            for (var i = 0; i < Normal; i++)
            {
                await UploadAsync(client);
            }

            // Nothing was begun for them at Siro, and nothing is stored: no job, so no lease.
            Assert.Equal(Normal, gateway.Emulator.Journal.Read(since, SiroHost.Storage).Count);
            Assert.Equal(Normal, gateway.Emulator.Journal.Read(since, SiroHost.Platform, "/v1/core/recordings/signed-urls").Count);
            var listed = (await client.GetJsonAsync("/v1/uploads?limit=200")).GetProperty("data");
            Assert.Equal(Normal, listed.GetArrayLength());
            Assert.All(listed.EnumerateArray(), u => Assert.Equal("created", u.Text("status")));
            await trickling.CancelAsync();
            Assert.True(await trickle > 0, "the slow callers were still being received");
        }
        finally
        {
            foreach (var caller in callers)
            {
                await caller.DisposeAsync();
            }
        }
    }

    /// <summary>1 KB a second for each; answers how many rounds all of them took.</summary>
    private static async Task<int> TrickleAsync(RawCaller[] callers, CancellationToken stop)
    {
        for (var round = 0; ; round++)
        {
            foreach (var caller in callers)
            {
                await caller.SendAsync(Audio.AsMemory(round * 1000, 1000));
            }

            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop);
            }
            catch (OperationCanceledException)
            {
                return round + 1;
            }
        }
    }

    private static async Task UploadAsync(HttpClient client)
    {
        var (response, body) = await client.UploadAsync(Forms.Of(Audio));
        Assert.True(response.StatusCode == HttpStatusCode.Created, body.ToString());
    }
}
