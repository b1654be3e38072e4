using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Voip;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Replicas are killed while they fetch and forward; another takes the calls over.</summary>
public sealed class CallKillTests(CallKillTests.Fixture gateway) : IClassFixture<CallKillTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static byte[] Audio { get; } = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"));

    [Fact]
    public async Task Kills_during_fetch_and_forward_lose_nothing_and_duplicate_nothing()
    {
        var kills = 3 * TestScale.Factor;
        var random = new Random(20260304);
        var replica = await gateway.StartProcessAsync();
        var ids = new List<string>();
        for (var kill = 0; kill < kills; kill++)
        {
            for (var i = 0; i < 4; i++)
            {
                // 75 kB at 50 kB/s: the kill finds fetches, uploads and creations under way.
                var name = $"k{kill}-{i}";
                var url = gateway.Emulator.VoipProvider.Add(new VoipRecording(name, Audio) { BytesPerSecond = i % 2 == 0 ? 50_000 : 0 });
                using var client = replica.CreateClient(GatewaySettings.WriterKey);
                using var response = await client.PostAsJsonAsync(
                    "/v1/calls", new { recordingUrl = url, startedAt = "2026-03-04T15:06:07Z", sourceId = name, rep = new { email = "rep1@example.com" }, title = name }, Cancel);
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
            foreach (var id in ids)
            {
                JsonElement view = default;
                await Until.TrueAsync(
                    async () => (view = await client.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)).GetProperty("status").GetString() is "created" or "uncertain",
                    $"call {id} ends",
                    TimeSpan.FromSeconds(60));
                var title = view.GetProperty("title").GetString();
                var made = gateway.Emulator.State.Recordings.All.Count(r => r.Title == title);
                Assert.InRange(made, view.GetProperty("status").GetString() == "created" ? 1 : 0, 1);
            }
        }
    }

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
