using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>Whatever the gateway sends to Siro stands in the budget, under the client for which it is sent.</summary>
public sealed class BudgetAccountingTests(BudgetAccountingTests.Fixture gateway) : IClassFixture<BudgetAccountingTests.Fixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_arrives_at_Siro_is_what_was_counted_for_the_client_that_it_was_done_for()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        gateway.Emulator.Faults.Add(new FaultRule { Host = "external", Path = "/v1/core/users", Status = 503, Times = 2 });

        // Proxied, and sent again twice.
        using (var proxied = await client.GetAsync("/external/v1/core/users", Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, proxied.StatusCode);
        }

        // A sync, a look-up of a rep, an upload with its mint, a merged recording with another.
        using (var synced = await client.PutAsJsonAsync(
            "/v1/sync/engagements", new[] { new { externalId = "budget-1", startTime = "2026-02-15T14:00:00Z" } }, Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, synced.StatusCode);
        }

        using (var people = await client.GetAsync("/v1/people?email=rep1@example.com", Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, people.StatusCode);
        }

        using var form = new MultipartFormDataContent { { new StringContent("rep1@example.com"), "userEmail" },
            { new ByteArrayContent(Uploads.Recordings.Wav(50_000)), "file", "call.wav" } };
        using var uploaded = await client.PostAsync("/v1/uploads", form, Cancel);
        Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
        var recording = (await uploaded.Content.ReadFromJsonAsync<Dictionary<string, object?>>(Cancel))!["recordingId"]!.ToString();
        using (var merged = await client.GetAsync("/v1/recordings/" + recording, Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, merged.StatusCode);
        }

        await Until.TrueAsync(
            async () => await TakenAsync() == Arrived(), "as many slots are taken as requests have arrived", TimeSpan.FromSeconds(20));
        var flows = await FlowsAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Arrived()} arrivals: {string.Join(", ", flows)}");
        Assert.Equal(Arrived(), flows.Values.Sum());
        Assert.All(flows.Keys, flow => Assert.Equal("writer", flow[2..]));

        // Mints are flows of their own, and there were two: for writing and for reading.
        Assert.Equal(2, flows["0.writer"]);
        Assert.True(Arrived() >= 9);
    }

    private int Arrived() =>
        gateway.Emulator.Journal.Read().Count(e => e.Host is SiroHost.External or SiroHost.Platform or SiroHost.Internal);

    /// <summary>Slots that end within the window, of all tokens together.</summary>
    private async Task<int> TakenAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration);
        var taken = 0;
        await foreach (var key in redis.GetServers()[0].KeysAsync(pattern: "sg:{budget}:slots:*"))
        {
            taken += (int)await redis.GetDatabase().HashGetAsync(key, "s");
        }

        return taken;
    }

    /// <summary>Class and client, and what they used in the window, of all tokens together.</summary>
    private async Task<Dictionary<string, int>> FlowsAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration);
        var flows = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var key in redis.GetServers()[0].KeysAsync(pattern: "sg:{budget}:flows:*"))
        {
            foreach (var flow in await redis.GetDatabase().HashGetAllAsync(key))
            {
                var used = int.Parse(((string)flow.Value!).Split(' ')[1], CultureInfo.InvariantCulture);
                flows[flow.Name!] = flows.GetValueOrDefault(flow.Name!) + used;
            }
        }

        return flows;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            // What was used is told within an eighth of the window; and a busy machine must not make the store look lost, because what is
            // used without it is counted for nobody.
            settings["Budget:WindowSeconds"] = "40";
            settings["Redis:Configuration"] += ",connectTimeout=10000,syncTimeout=10000";
            return Task.CompletedTask;
        }
    }
}
