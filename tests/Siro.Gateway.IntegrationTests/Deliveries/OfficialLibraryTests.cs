using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Deliveries;

/// <summary>A subscriber's code from Siro's guide works unchanged: the official libraries verify real deliveries.</summary>
public sealed class OfficialLibraryTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    private static readonly string Folder = Path.Combine(
        typeof(OfficialLibraryTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!,
        "tests", "Siro.Gateway.IntegrationTests", "node");

    [Fact]
    public async Task Deliveries_verify_with_svix_and_with_standard_webhooks()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("PATH")!.Split(':').All(p => !File.Exists(Path.Combine(p, "node"))),
            "Node is not installed: 'apt-get install nodejs npm' (Debian, Ubuntu) or 'brew install node'");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder, "node_modules", "svix")),
            "The official libraries are not installed: 'npm ci' in tests/Siro.Gateway.IntegrationTests/node");

        var (id, secret, name) = await SubscribeAsync();
        var plain = await EmitAsync(SiroSender.Event(NewId(), more: ",\"name\":\"J\u00fcrgen \u2603\""));
        await ReceivedAsync(name, r => r.Id == plain, "the event comes");
        await EmitAsync(SiroSender.Event(NewId("rec-"), linked: true));
        await ReceivedAsync(name, r => r.Text.Contains("recording.ready", StringComparison.Ordinal), "the derived event comes");
        await PostAsync($"/v1/deliveries/{plain}.{id}/retry", status: 202);
        await Until.TrueAsync(() => Subscribers.At(name).Count(r => r.Id == plain) == 2, "the replay comes");
        var deliveries = Subscribers.At(name).ToList();
        Assert.Equal(deliveries.Count * 2, await VerifyAsync(secret, deliveries));
    }

    private static async Task<int> VerifyAsync(string secret, IEnumerable<Received> deliveries)
    {
        using var node = Process.Start(new ProcessStartInfo("node", "verify.mjs")
        {
            WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new
        {
            secret,
            deliveries = deliveries.Select(d => new
            {
                headers = d.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal),
                body = Convert.ToBase64String(d.Body),
            }),
        }));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEndAsync(Cancel);
        var errors = node.StandardError.ReadToEndAsync(Cancel);
        await node.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.True(node.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<JsonElement>(await output).GetProperty("verified").GetInt32();
    }
}
