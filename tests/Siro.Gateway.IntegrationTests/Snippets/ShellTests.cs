using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Snippets;

/// <summary>
/// The shell lines in the pages: each block runs with an address and a key in its environment, and curl has to be answered with 2xx.
/// </summary>
public sealed partial class ShellTests(SnippetFixture gateway) : IClassFixture<SnippetFixture>
{
    private const string GettingStarted = "docs/getting-started.md";

    /// <summary>Docker, Kubernetes and whole builds are not on a test machine; the test commands would run this one.</summary>
    [GeneratedRegex(@"^\s*(docker|kubectl|helm|dotnet (run|test))\b", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Elsewhere();

    public static TheoryData<string, int> Blocks() =>
        [.. Snippet.All.Where(s => s.IsShell && s.Page != GettingStarted && !Elsewhere().IsMatch(s.Text)).Select(s => (s.Page, s.Line))];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_of_the_pages_runs(string page, int line)
    {
        var text = Snippet.All.Single(s => s.Page == page && s.Line == line).Text;
        var environment = Environment();
        if (page == "docs/webhooks.md" && text.Contains("$ID", StringComparison.Ordinal))
        {
            var pull = text.Contains("/events", StringComparison.Ordinal);
            (environment["ID"], environment["CURSOR"]) = await SubscriptionAsync(pull);
        }
        else if (text.Contains("recordings/$ID", StringComparison.Ordinal))
        {
            environment["ID"] = gateway.Emulator.Recordings.Add(
                gateway.Emulator.Default.Organization, gateway.Emulator.Default.Users[1], "A call", TimeProvider.System.GetUtcNow()).Id;
        }

        var (exit, output) = await Tool.ShellAsync(Filled(text), gateway.Folder, environment);
        Assert.True(exit == 0, $"{page}:{line} ended with {exit}:\n{output}");
    }

    [Fact]
    public async Task Getting_started_works_from_top_to_bottom()
    {
        var blocks = Snippet.All.Where(s => s.Page == GettingStarted).ToList();
        var shell = blocks.Where(s => s.IsShell && !Elsewhere().IsMatch(s.Text)).Select(s => s.Text).ToList();
        Assert.Equal(4, shell.Count);

        // 2. A client.
        var bare = new Dictionary<string, string?>(StringComparer.Ordinal);
        var (exit, made) = await Tool.ShellAsync(shell[0], gateway.Folder, bare);
        Assert.True(exit == 0, made);
        var (key, hash) = (ApiKey().Match(made).Value, ApiKeyHash().Match(made).Value);

        // 3. The configuration: the page's file with the hash that was printed, at the emulator instead of Siro; the page's secrets.
        var file = Path.Combine(gateway.Folder, "gateway.json");
        var json = blocks.Single(s => s.Language == "json").Text;
        Assert.Contains(new string('0', 64), json, StringComparison.Ordinal);
        json = Regex.Replace(json, "sha256:0+", hash, RegexOptions.None, TimeSpan.FromSeconds(1));
        foreach (var (siro, emulator) in new[] { ("https://functions.siro.ai/api-externalApi", gateway.Emulator.External),
            ("https://api.siro.ai", gateway.Emulator.Platform), ("https://app.siro.ai/api-internalApi", gateway.Emulator.Internal) })
        {
            Assert.Contains(siro, json, StringComparison.Ordinal);
            json = json.Replace(siro, emulator.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, json, TestContext.Current.CancellationToken);
        var secrets = shell[1].Replace("Token=...", "Token=" + gateway.Emulator.Default.Token, StringComparison.Ordinal)
            .Replace("localhost:6379", gateway.Store.Configuration, StringComparison.Ordinal);
        (exit, var exported) = await Tool.ShellAsync(secrets + "env\n", gateway.Folder, bare);
        Assert.True(exit == 0, exported);
        var settings = exported.Split('\n')
            .Where(l => l.Contains("__", StringComparison.Ordinal) && l.Contains('=', StringComparison.Ordinal))
            .ToDictionary(l => l[..l.IndexOf('=', StringComparison.Ordinal)],
                l => (string?)l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);
        Assert.Equal(3,
            settings.Count(s => s.Key.StartsWith("Siro__", StringComparison.Ordinal)
            || s.Key.StartsWith("Store__", StringComparison.Ordinal) || s.Key.StartsWith("Redis__", StringComparison.Ordinal)));
        settings["SIRO_GATEWAY_CONFIG"] = file;

        // 4. Start, and examine.
        await using var started = await GatewayProcess.StartAsync(settings);
        (exit, var examined) = await Tool.ShellAsync(shell[2], gateway.Folder, settings);
        Assert.True(exit == 0, examined);

        // 5. Call.
        Assert.Contains("http://localhost:8080", shell[3], StringComparison.Ordinal);
        (exit, var called) = await Tool.ShellAsync(
            shell[3].Replace("http://localhost:8080", started.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal), gateway.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["KEY"] = key });
        Assert.True(exit == 0, called);
        Assert.Contains("\"client\":\"crm\"", called, StringComparison.Ordinal);
        Assert.Contains("\"data\":", called, StringComparison.Ordinal);
    }

    /// <summary>What a reader puts in the place of the pages' examples.</summary>
    private string Filled(string text) => text
        .Replace("ann@acme.com", gateway.Emulator.Default.Users[1].Email, StringComparison.Ordinal)
        .Replace("SIRO_USER_ID", gateway.Users[0], StringComparison.Ordinal)
        .Replace("https://billing.example/siro", gateway.Subscribers.Url("billing"), StringComparison.Ordinal);

    private Dictionary<string, string?> Environment()
    {
        var environment = gateway.Settings.ToDictionary(
            s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value, StringComparer.Ordinal);
        environment["GATEWAY"] = gateway.Gateway.Address.AbsoluteUri.TrimEnd('/');
        environment["KEY"] = GatewaySettings.AdminKey;
        return environment;
    }

    /// <summary>A subscription with one event behind it: its id, and the event's cursor where it is read.</summary>
    private async Task<(string Id, string? Cursor)> SubscriptionAsync(bool pull)
    {
        using var client = gateway.CreateClient();
        object body = pull ? new { pull = true } : new { url = gateway.Subscribers.Url("replayed") };
        var id =
            (await JsonAsync(await client.PostAsync("/v1/subscriptions",
            new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken))).GetProperty("id").GetString()!;
        await JsonAsync(await client.PostWebhookAsync("msg_" + Guid.CreateVersion7().ToString("N"), SiroSender.Event("rec-shell")));
        if (!pull)
        {
            return (id, null);
        }

        var read = await JsonAsync(await client.GetAsync($"/v1/subscriptions/{id}/events?wait=30", TestContext.Current.CancellationToken));
        return (id, read.GetProperty("cursor").GetString());
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var _ = response;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    [GeneratedRegex(@"sgw_[\w-]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApiKey();

    [GeneratedRegex("sha256:[0-9a-f]{64}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApiKeyHash();
}
