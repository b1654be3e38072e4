using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed class ReloadTests(ReloadTests.Fixture gateway) : IClassFixture<ReloadTests.Fixture>
{
    private const string LateKey = "sgw_test-late-00000000000000000000000000000000000";

    [Fact]
    public async Task Under_load_a_wrong_file_is_refused_a_right_one_takes_effect_and_no_request_fails()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "gateway.json");
        await File.WriteAllTextAsync(file, "{}");
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["SIRO_GATEWAY_CONFIG"] = file };
        await using var process = await GatewayProcess.StartAsync(settings);
        using var client = process.CreateClient(GatewaySettings.ReaderKey);
        using var late = process.CreateClient(LateKey);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        using var end = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LoadAsync(client, end.Token)));

        await File.WriteAllTextAsync(file, """{ "Uploads": { "MaxBytes": 999999999 }, "Clients": { "late": { "Permissions": [ "everything" ] } } }""");
        var refusal = await process.Process.LineAsync("The new configuration was refused and the old one stays");
        Assert.Contains("Uploads:MaxBytes", refusal, StringComparison.Ordinal);
        Assert.Contains("Clients:late", refusal, StringComparison.Ordinal);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            Clients = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["late"] = new { ApiKeyHashes = new[] { GatewaySettings.HashOf(LateKey) }, Organization = GatewaySettings.Organization, Permissions = new[] { "external:read" } },
            },
        }));
        await Until.TrueAsync(async () => (await late.GetAsync("/v1/me")).IsSuccessStatusCode, "the new client is known");

        await end.CancelAsync();
        var results = await load;
        Assert.True(results.Sum(r => r.Count) > 20);
        Assert.Empty(results.SelectMany(r => r.Failures));
    }

    private static async Task<(int Count, List<string> Failures)> LoadAsync(HttpClient client, CancellationToken end)
    {
        var (count, failures) = (0, new List<string>());
        while (!end.IsCancellationRequested)
        {
            using var response = await client.GetAsync("/v1/me", TestContext.Current.CancellationToken);
            count++;
            if (!response.IsSuccessStatusCode)
            {
                failures.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }

        return (count, failures);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
