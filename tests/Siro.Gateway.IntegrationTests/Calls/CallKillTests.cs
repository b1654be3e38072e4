using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Replicas are killed while they fetch and forward; another takes the calls over.</summary>
public sealed class CallKillTests(CallKillTests.Fixture gateway) : IClassFixture<CallKillTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kills_during_fetch_and_forward_lose_nothing_and_duplicate_nothing()
    {
        var kills = 3 * TestScale.Factor;
        var random = new Random(20260304);

        // Siro answers some creations late, so that kills fall between a creation and its answer too.
        gateway.Emulator.Faults.Add(new FaultRule { Name = "late", Host = "platform", Path = "/v1/core/recordings/upload",
            Stall = TimeSpan.FromMilliseconds(400), When = FaultMoment.Processed, Probability = 0.5 });
        var replica = await gateway.StartProcessAsync();
        var ids = new List<string>();
        for (var kill = 0; kill < kills; kill++)
        {
            for (var i = 0; i < 4; i++)
            {
                // 75 kB at 50 kB/s: the kill finds fetches, uploads and creations under way.
                var name = $"k{kill}-{i}";
                var url = gateway.Emulator.VoipProvider.Add(
                    new VoipRecording(name, CallWords.Audio) { BytesPerSecond = i % 2 == 0 ? 50_000 : 0 });
                using var client = replica.CreateClient(GatewaySettings.WriterKey);
                using var response = await client.PostAsJsonAsync(
                    "/v1/calls",
                    new { recordingUrl = url, startedAt = "2026-03-04T15:06:07Z", sourceId = name, rep = new { email = "rep1@example.com" },
                        title = name }, Cancel);
                ids.Add((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 1500)), TimeProvider.System, Cancel);
            await replica.KillAsync();
            await replica.DisposeAsync();
            replica = await gateway.StartProcessAsync();
        }

        await using (replica)
        {
            using var client = replica.CreateClient();
            var uncertain = 0;
            foreach (var id in ids)
            {
                JsonElement view = default;
                await Until.TrueAsync(
                    async () =>
                        (view = await client.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)).GetProperty("status")
                            .GetString() is "created" or "uncertain",
                    $"call {id} ends",
                    TimeSpan.FromSeconds(60));
                var title = view.GetProperty("title").GetString()!;
                if (view.GetProperty("status").GetString() == "uncertain")
                {
                    // Killed between the create request and its answer. A person looks whether Siro has it, and retries where it has not.
                    uncertain++;
                    Assert.InRange(Made(title), 0, 1);
                    if (Made(title) == 0)
                    {
                        using var retried = await client.PostAsync($"/v1/calls/{id}/retry", null, Cancel);
                        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
                        await client.CallAsync(id, "created", TimeSpan.FromSeconds(60));
                    }
                }

                Assert.True(Made(title) == 1, $"{title} ended as {Made(title)} recordings");
            }

            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{kills} kills, {ids.Count} calls: {ids.Count - uncertain} created by themselves, {uncertain} uncertain, "
                + $"{gateway.Emulator.State.Recordings.Count} recordings");
            Assert.Equal(ids.Count, gateway.Emulator.State.Recordings.Count);
        }
    }

    private int Made(string title) => gateway.Emulator.State.Recordings.All.Count(r => r.Title == title);

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            return Task.CompletedTask;
        }
    }
}
