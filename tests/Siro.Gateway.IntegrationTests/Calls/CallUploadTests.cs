using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>What a call's recording is as an upload.</summary>
public sealed class CallUploadTests(CallUploadTests.Fixture gateway) : IClassFixture<CallUploadTests.Fixture>
{
    private const string SlowKey = "sgw_test-slow-00000000000000000000000000000000000";
    private const string QuickKey = "sgw_test-quick-0000000000000000000000000000000000";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_among_the_uploads_of_its_client_and_keeps_to_its_part_of_the_spool()
    {
        // Four files fit, of one client three. The slow client's recordings take their time and fill its part; the other's call goes
        // through.
        await using var provider = await Listener.StartAsync("127.0.0.1");
        var ready = new TaskCompletionSource();
        provider.Behaviour = async context =>
        {
            await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(0, 10_000), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await ready.Task.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(10_000), context.RequestAborted);
        };
        using var slow = gateway.CreateClient(SlowKey);
        using var quick = gateway.CreateClient(QuickKey);
        for (var i = 0; i < 4; i++)
        {
            await slow.PostCallAsync($"slow-{i}", new Uri(provider.Address, $"/slow-{i}.mp3"));
        }

        await Until.TrueAsync(
            async () =>
                (await slow.AllCallsAsync()).Count(
                    c => c.GetProperty("status").GetString() == "waiting" && c.ErrorCode() == "spool_full") == 1
                && (await slow.AllCallsAsync()).Count(c => c.GetProperty("status").GetString() == "fetching") == 3,
            "three are fetched, and one waits for a place");
        var id = await quick.PostCallAsync("quick", gateway.Emulator.VoipProvider.Add(new VoipRecording("quick", CallWords.Audio)));
        var upload = (await quick.CallAsync(id, "created")).GetProperty("uploadId").GetString();
        var uploads = await quick.GetFromJsonAsync<JsonElement>("/v1/uploads", Cancel);
        Assert.Contains(uploads.GetProperty("data").EnumerateArray(), u => u.GetProperty("id").GetString() == upload);
        Assert.Empty((await slow.GetFromJsonAsync<JsonElement>("/v1/uploads", Cancel)).GetProperty("data").EnumerateArray());
        ready.SetResult();
        await Until.TrueAsync(
            async () => (await slow.AllCallsAsync("status=created")).Count >= 3, "the slow recordings are there in the end");
        Assert.InRange((await slow.GetFromJsonAsync<JsonElement>("/v1/uploads", Cancel)).GetProperty("data").GetArrayLength(), 3, 4);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            settings["Uploads:SpoolFiles"] = "4";
            foreach (var (name, key) in new[] { ("slow", SlowKey), ("quick", QuickKey) })
            {
                GatewaySettings.Client(settings, name, key, ["calls:write", "uploads:write"]);
            }

            return Task.CompletedTask;
        }
    }
}
