using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Recordings that are not ready: for a while, and for more than six hours by the gateway's clock.</summary>
public sealed class NotReadyTests(NotReadyTests.Fixture gateway) : IClassFixture<NotReadyTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static readonly (int Status, string Code)[] NotReady = [
        (404, "recording_not_ready"), (409, "recording_not_ready"), (202, "recording_not_ready"), (200, "recording_empty")];

    [Fact]
    public async Task A_recording_that_becomes_ready_is_fetched_then()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var ids = new List<string>();
        foreach (var (status, _) in NotReady)
        {
            ids.Add(await client.PostCallAsync($"late-{status}", Add($"late-{status}", status, 3)));
        }

        foreach (var id in ids)
        {
            Assert.Equal(3, (await client.CallAsync(id, "created")).GetProperty("attempts").GetInt32());
        }
    }

    [Fact]
    public async Task One_that_never_does_is_given_up_after_six_hours_and_tried_anew_when_a_person_says_so()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var calls = new List<(string Id, string Name, string Code)>();
        foreach (var (status, code) in NotReady)
        {
            var name = $"never-{status}";
            calls.Add((await client.PostCallAsync(name, Add(name, status, int.MaxValue)), name, code));
        }

        async Task TriedAsync(string until)
        {
            foreach (var (id, name, code) in calls)
            {
                var before = gateway.Emulator.VoipProvider.Recording(name)!.Reads;
                await Until.TrueAsync(() => gateway.Emulator.VoipProvider.Recording(name)!.Reads >= before + 3, $"{name} is tried {until}");
                Assert.Equal(code, (await client.CallAsync(id, "waiting")).ErrorCode());
            }
        }

        await TriedAsync("at first");
        gateway.Clock.Shift = TimeSpan.FromHours(6) - TimeSpan.FromMinutes(3);
        await TriedAsync("shortly before six hours");
        gateway.Clock.Shift = TimeSpan.FromHours(6) + TimeSpan.FromSeconds(1);
        foreach (var (id, name, code) in calls)
        {
            var error = (await client.CallAsync(id, "failed")).GetProperty("error");
            Assert.Equal(code, error.GetProperty("code").GetString());
            Assert.EndsWith("Given up after 06:00:00.", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
            var reads = gateway.Emulator.VoipProvider.Recording(name)!.Reads;
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Cancel);
            Assert.Equal(reads, gateway.Emulator.VoipProvider.Recording(name)!.Reads);
        }

        using (var retried = await client.PostAsync($"/v1/calls/{calls[0].Id}/retry", null, Cancel))
        {
            Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        }

        await client.CallAsync(calls[0].Id, "waiting");
        gateway.Clock.Shift = TimeSpan.Zero;
        Add(calls[0].Name, 404, 0);
        await client.CallAsync(calls[0].Id, "created");
    }

    private Uri Add(string name, int status, int times) =>
        gateway.Emulator.VoipProvider.Add(new VoipRecording(name, CallWords.Audio) { NotReadyStatus = status, NotReadyTimes = times });

    public sealed class Fixture : GatewayFixture
    {
        public ShiftedClock Clock { get; } = new();

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.1";
            return Task.CompletedTask;
        }

        protected override void Customize(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Clock);
    }

    /// <summary>A wall clock that can be moved; timers go by real time.</summary>
    public sealed class ShiftedClock : TimeProvider
    {
        private long _shift;

        public TimeSpan Shift
        {
            get => TimeSpan.FromTicks(Interlocked.Read(ref _shift));
            set => Interlocked.Exchange(ref _shift, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
