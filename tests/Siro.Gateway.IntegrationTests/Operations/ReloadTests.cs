using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed class ReloadTests(ReloadTests.Fixture gateway) : IClassFixture<ReloadTests.Fixture>
{
    private const string FiledKey = "sgw_test-filed-0000000000000000000000000000000000";
    private const string LateKey = "sgw_test-late-00000000000000000000000000000000000";

    [Fact]
    public async Task Under_load_a_wrong_file_is_refused_a_right_one_takes_effect_and_no_request_fails()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "gateway.json");
        await File.WriteAllTextAsync(file, Clients("filed", FiledKey));
        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["SIRO_GATEWAY_CONFIG"] = file };

        // A line for each call would push what is looked for out of the lines that are kept.
        settings["Logging:LogLevel:Siro.Gateway.Access"] = "Warning";
        await using var process = await GatewayProcess.StartAsync(settings);
        using var client = process.CreateClient(GatewaySettings.ReaderKey);
        using var late = process.CreateClient(LateKey);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        using var end = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LoadAsync(client, end.Token)));

        await File.WriteAllTextAsync(
            file, """{ "Uploads": { "MaxBytes": 999999999 }, "Clients": { "late": { "Permissions": [ "everything" ] } } }""");
        var refusal = await process.Process.LineAsync("The new configuration was refused and the old one stays");
        Assert.Contains("Uploads:MaxBytes", refusal, StringComparison.Ordinal);
        Assert.Contains("Clients:late", refusal, StringComparison.Ordinal);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        // Half a file, as an editor or a copy leaves it: nothing that stood in the one before is gone.
        await File.WriteAllTextAsync(file, """{ "Clients": { "late": """);
        await process.Process.LineAsync("gateway.json: is no JSON");
        using (var filed = process.CreateClient(FiledKey))
        {
            Assert.Equal(200, (int)(await filed.GetAsync("/v1/me")).StatusCode);
        }

        await File.WriteAllTextAsync(file, Clients("late", LateKey));
        await Until.TrueAsync(async () => (await late.GetAsync("/v1/me")).IsSuccessStatusCode, "the new client is known");

        await end.CancelAsync();
        var results = await load;
        Assert.True(results.Sum(r => r.Count) > 20);
        Assert.Empty(results.SelectMany(r => r.Failures));
    }

    /// <summary>The addresses were read past the check: a refused file's were used, and without any each call was a 500.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:1/elsewhere", "0")]
    [InlineData("", null)]
    [InlineData("functions.siro.ai", null)]
    public async Task A_refused_configuration_does_not_change_where_calls_go(string address, string? requests)
    {
        await using var running = await GatewayInProcess.StartAsync(gateway.Settings);
        using var client = running.CreateClient(GatewaySettings.ReaderKey);

        running.Change(
            ("ReverseProxy:Clusters:external:Destinations:siro:Address", address),
            ("Budget:Requests", requests));

        Assert.Contains(running.Log, l => l.Contains("[1102]", StringComparison.Ordinal));
        using var answer = await client.GetAsync("/external/v1/core/users", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("{ \"Clients\": [ }", "is no JSON: '}' is an invalid start of a value. LineNumber: 0")]
    [InlineData(null, "does not exist")]
    public async Task A_start_with_a_file_that_cannot_be_read_says_which_and_where(string? content, string what)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "gateway.json");
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["SIRO_GATEWAY_CONFIG"] = file };
        await using var process = GatewayProcess.Run(settings);
        Assert.Equal(1, await process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        await process.LineAsync($"{file}: {what}");
        Assert.DoesNotContain(process.Output, l => l.StartsWith("   at ", StringComparison.Ordinal));

        var (exit, findings, text) = await DoctorTests.ExamineAsync(settings);
        Assert.Equal(1, exit);
        Assert.True(findings.Any(f => f is { Area: "configuration", Verdict: "failure" } && f.Subject == file
            && f.What.StartsWith(what, StringComparison.Ordinal)), text);
        Assert.Contains(findings, f => f is { Area: "store", Subject: "writes", Verdict: "ok" });
    }

    [Fact]
    public async Task A_Secret_that_Kubernetes_replaces_in_place_takes_effect()
    {
        using var volume = new KubernetesVolume();
        const string Key = "Clients__late__ApiKeyHashes__0";
        volume.Replace((Key, GatewaySettings.HashOf("sgw_test-early-0000000000000000000000000000000000")));
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["SIRO_GATEWAY_SECRETS"] = volume.Path,
            ["Clients:late:Permissions:0"] = "external:read",
        };
        await using var process = await GatewayProcess.StartAsync(settings);
        using var late = process.CreateClient(LateKey);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        volume.Replace((Key, GatewaySettings.HashOf(LateKey)));
        await Until.TrueAsync(
            async () => (await late.GetAsync("/v1/me")).IsSuccessStatusCode, "the new key is accepted");
    }

    /// <summary>Other processes of the user have them all, as on a node with many containers.</summary>
    [Fact]
    public async Task Without_an_inotify_instance_left_it_starts_says_so_and_hears_of_changes_all_the_same()
    {
        Assert.SkipWhen(PrivateMounts.Missing is not null, PrivateMounts.Missing ?? "");
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "gateway.json");
        await File.WriteAllTextAsync(file, "{}");
        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["SIRO_GATEWAY_CONFIG"] = file };
        await using var process = await GatewayProcess.StartAsync(
            GatewayProcess.Dll, settings,
            ["unshare", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\"", "sh"]);
        await process.Process.LineAsync("fs.inotify.max_user_instances");
        using var late = process.CreateClient(LateKey);
        Assert.Equal(401, (int)(await late.GetAsync("/v1/me")).StatusCode);

        await File.WriteAllTextAsync(file, Clients("late", LateKey));
        await Until.TrueAsync(
            async () => (await late.GetAsync("/v1/me")).IsSuccessStatusCode, "the new key is accepted");
    }

    private static string Clients(string name, string key) => JsonSerializer.Serialize(new
    {
        Clients = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [name] = new { ApiKeyHashes = new[] { GatewaySettings.HashOf(key) }, Organization = GatewaySettings.Organization,
                Permissions = new[] { "external:read" } },
        },
    });

    private static async Task<(int Count, List<string> Failures)> LoadAsync(HttpClient client, CancellationToken end)
    {
        var (count, failures) = (0, new List<string>());
        while (!end.IsCancellationRequested)
        {
            using var response = await client.GetAsync("/v1/me", TestContext.Current.CancellationToken);
            count++;
            if (!response.IsSuccessStatusCode)
            {
                failures.Add(
                    $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }

        return (count, failures);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
