using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>
/// Providers that answer badly, slowly, or with something else. A file may have 100,000 bytes.
/// </summary>
public sealed class FetchTests(FetchTests.Fixture gateway) : IClassFixture<FetchTests.Fixture>
{
    /// <summary>How long a provider may pause: so short only where one does.</summary>
    private static readonly (string Key, string? Value) ShortIdleTime = ("Calls:IdleTimeout", "00:00:01");
    private static readonly (string Key, string? Value) LongIdleTime = ("Calls:IdleTimeout", "00:01:00");

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_falls_silent_is_left_and_asked_again(bool afterHalf)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = async context =>
        {
            if (afterHalf)
            {
                context.Response.ContentLength = CallWords.Audio.Length;
                await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(0, CallWords.Audio.Length / 2), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        gateway.Gateway.Change(ShortIdleTime);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync($"silent-{afterHalf}", new Uri(provider.Address, "/call.mp3"));
        Assert.Equal("provider_timeout", (await client.CallAsync(id, "waiting")).ErrorCode());
        gateway.Gateway.Change(LongIdleTime);
        provider.Behaviour = null;
        await client.CallAsync(id, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == $"silent-{afterHalf}");
    }

    [Fact]
    public async Task A_provider_that_sends_in_drops_is_left_and_asked_again()
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = async context =>
        {
            // Ten bytes a second: no pause is as long as the idle time, and the file would take two hours.
            for (var at = 0; at < CallWords.Audio.Length && !context.RequestAborted.IsCancellationRequested; at++)
            {
                await context.Response.Body.WriteAsync(CallWords.Audio.AsMemory(at, 1), CancellationToken.None);
                await context.Response.Body.FlushAsync(CancellationToken.None);
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        };
        gateway.Gateway.Change(ShortIdleTime);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync("drops", new Uri(provider.Address, "/call.mp3"));
        Assert.Equal("provider_timeout", (await client.CallAsync(id, "waiting")).ErrorCode());
        gateway.Gateway.Change(LongIdleTime);
        provider.Behaviour = null;
        await client.CallAsync(id, "created");
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == "drops");
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_is_no_recording_yet()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id =
            await client.PostCallAsync("cut",
            gateway.Emulator.VoipProvider.Add(new VoipRecording("cut", CallWords.Audio) { CutAfter = 30_000, BytesPerSecond = 300_000 }));
        Assert.Contains((await client.CallAsync(id, "waiting")).ErrorCode(), new[] { "recording_cut", "provider_unreachable" });
        Assert.DoesNotContain(gateway.Emulator.State.Recordings.All, r => r.Title == "cut");
        gateway.Emulator.VoipProvider.Add(new VoipRecording("cut", CallWords.Audio));
        await client.CallAsync(id, "created");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_than_the_largest_file_is_refused_by_its_length_and_by_counting(bool unknownLength)
    {
        var name = $"large-{unknownLength}";
        var url = gateway.Emulator.VoipProvider.Add(
            new VoipRecording(name, [.. CallWords.Audio, .. CallWords.Audio]) { UnknownLength = unknownLength });
        var objects = gateway.Emulator.Objects.All.Count();
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        Assert.Equal("file_too_large", (await client.CallAsync(await client.PostCallAsync(name, url), "failed")).ErrorCode());
        Assert.Equal(objects, gateway.Emulator.Objects.All.Count());
    }

    [Theory]
    [InlineData("<!doctype html><html><body>Please sign in</body></html>")]
    [InlineData("{\"error\":\"expired\"}")]
    [InlineData("<?xml version=\"1.0\"?><Error/>")]
    public async Task A_page_or_json_with_200_is_no_audio(string text)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var name = $"page-{text.Length}";
        var id = await client.PostCallAsync(
            name, gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio) { InsteadOfAudio = text }));
        Assert.Equal("not_audio", (await client.CallAsync(id, "failed")).ErrorCode());
    }

    [Theory]
    [InlineData(204, "waiting", "recording_not_ready")]
    [InlineData(400, "waiting", "recording_url_expired")]
    [InlineData(403, "waiting", "recording_url_expired")]
    [InlineData(410, "waiting", "recording_url_expired")]
    [InlineData(408, "waiting", "provider_408")]
    [InlineData(429, "waiting", "provider_429")]
    [InlineData(500, "waiting", "provider_500")]
    [InlineData(503, "waiting", "provider_503")]
    [InlineData(401, "failed", "provider_unauthorized")]
    [InlineData(402, "failed", "provider_402")]
    public async Task What_a_provider_answers_decides_whether_it_is_asked_again(int status, string state, string code)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var id = await client.PostCallAsync($"status-{status}", new Uri(provider.Address, "/call.mp3"));
        Assert.Equal(code, (await client.CallAsync(id, state)).ErrorCode());
        provider.Behaviour = null;
        if (state == "failed")
        {
            Assert.Single(provider.Requests);
            using var retried = await client.PostAsync($"/v1/calls/{id}/retry", null, Cancel);
            Assert.True(retried.IsSuccessStatusCode);
        }

        await client.CallAsync(id, "created");
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            settings[LongIdleTime.Key] = LongIdleTime.Value;
            settings["Uploads:MaxBytes"] = "100000";
            return Task.CompletedTask;
        }
    }
}
