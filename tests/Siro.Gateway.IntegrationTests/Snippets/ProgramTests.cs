using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Snippets;

/// <summary>The programs in the pages, as they stand there: a reader copies them, and they do what the page says.</summary>
public sealed class ProgramTests(SnippetFixture gateway) : IClassFixture<SnippetFixture>
{
    private const string Connecting = "docs/connecting.md";
    private const string Webhooks = "docs/webhooks.md";

    /// <summary>The program that the console shows with a subscription.</summary>
    private const string Console = "console";

    /// <summary>The programs of the client package's pages are compared with compiled code in Siro.Gateway.HostingTests.</summary>
    [Fact]
    public void Every_program_of_the_pages_is_run_here() =>
        Assert.Equal(
            [(Connecting, "csharp"), (Connecting, "python"), (Connecting, "typescript"), (Webhooks, "csharp"), (Webhooks, "python"),
                (Webhooks, "ts")],
            Snippet.All.Where(s => s.IsProgram && s.Page is not ("docs/aspire.md" or "docs/client.md")).Select(s => (s.Page, s.Language))
                .Order());

    [Theory]
    [InlineData("csharp")]
    [InlineData("typescript")]
    [InlineData("python")]
    public async Task A_caller_lists_users_and_tells_the_gateways_errors_from_Siros(string language)
    {
        var (file, arguments) = await gateway.ProgramAsync(Find(Connecting, language));
        var (exit, output) = await Tool.RunAsync(file, arguments, Environment(GatewaySettings.ReaderKey));
        Assert.True(exit == 0, output);
        Assert.All(gateway.Emulator.Default.Users, user => Assert.Contains($"{user.Id} {user.Email}", output, StringComparison.Ordinal));

        (exit, output) = await Tool.RunAsync(file, arguments, Environment(GatewaySettings.NobodyKey));
        Assert.NotEqual(0, exit);
        Assert.Contains("permission_missing", output, StringComparison.Ordinal);

        gateway.Emulator.Faults.Answer(404, host: "external", path: "/v1/core/users", times: 1);
        (exit, output) = await Tool.RunAsync(file, arguments, Environment(GatewaySettings.ReaderKey));
        Assert.NotEqual(0, exit);
        Assert.Contains("404", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csharp", null)]
    [InlineData("csharp", Console)]
    [InlineData("python", null)]
    [InlineData("ts", "svix")]
    [InlineData("ts", "standardwebhooks")]
    public async Task A_subscriber_takes_genuine_deliveries_and_refuses_all_others(string language, string? library)
    {
        var snippet = library == Console ? OfConsole() : Find(Webhooks, language);
        var (file, arguments) = await gateway.ProgramAsync(snippet, library is null or Console
            or "svix" ? null : text => text.Replace("from \"svix\"", $"from \"{library}\"", StringComparison.Ordinal));
        var secret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        using var anyone = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var (subscriber, address) = await ListenAsync(file, arguments, secret, anyone);
        await using var _ = subscriber;
        using var client = gateway.CreateClient();
        using var made = await client.PostAsync("/v1/subscriptions",
            Json(new { url = address, secret, events = new[] { "integrations.*" } }), TestContext.Current.CancellationToken);
        var text = await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(made.IsSuccessStatusCode, text);

        var recording = "rec-" + language + library;
        using (var taken = await client.PostWebhookAsync(
            "msg_" + Guid.CreateVersion7().ToString("N"), SiroSender.Event(recording, more: ",\"name\":\"J\u00fcrgen\"")))
        {
            taken.EnsureSuccessStatusCode();
        }

        if (library == Console)
        {
            var id = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("id").GetString();
            await Until.TrueAsync(
                async () => (await client.GetStringAsync(
                    $"/v1/deliveries?subscription={id}&status=delivered", TestContext.Current.CancellationToken))
                    .Contains(recording, StringComparison.Ordinal),
                "the console's program takes the delivery");
        }
        else
        {
            await subscriber.LineAsync($"integrations.recordingProcessed {recording}", TimeSpan.FromSeconds(30));
        }

        var body = Encoding.UTF8.GetBytes(SiroSender.Event("rec-forged"));
        await RefusedAsync(anyone, address,
            client => client.PostWebhookAsync("msg_other", body, address.AbsoluteUri, GatewaySettings.WebhookSecret, prefix: "webhook-"));
        await RefusedAsync(
            anyone, address, client => client.PostWebhookAsync("msg_none", body, address.AbsoluteUri, secret: null, prefix: "webhook-"));
        await RefusedAsync(anyone, address,
            client => client.PostWebhookAsync("msg_old", body, address.AbsoluteUri, secret, TimeSpan.FromMinutes(6), "webhook-"));
        await RefusedAsync(anyone, address,
            client =>
            client.PostWebhookAsync("msg_changed", body, address.AbsoluteUri, secret, prefix: "webhook-",
                change: r => r.Content = new StringContent(SiroSender.Event("rec-changed"))));
        await RefusedAsync(anyone, address,
            client => client.PostWebhookAsync("msg_torn", body, address.AbsoluteUri, secret, prefix: "webhook-", change: r =>
        {
            r.Headers.Remove("webhook-timestamp");
            r.Headers.TryAddWithoutValidation("webhook-timestamp", "soon");
        }));
        using (var right = await anyone.PostWebhookAsync("msg_right", body, address.AbsoluteUri, secret, prefix: "webhook-"))
        {
            Assert.Equal(204, (int)right.StatusCode);
        }

        // While a secret is being replaced there are two signatures, and the fitting one may be the second.
        using (var second = await anyone.PostWebhookAsync("msg_second", body, address.AbsoluteUri, secret, prefix: "webhook-", change: r =>
        {
            var own = r.Headers.GetValues("webhook-signature").Single();
            r.Headers.Remove("webhook-signature");
            r.Headers.TryAddWithoutValidation("webhook-signature", $"v1,{Convert.ToBase64String(new byte[32])} {own}");
        }))
        {
            Assert.Equal(204, (int)second.StatusCode);
        }

        using var ended =
            await client.DeleteAsync($"/v1/subscriptions/{JsonSerializer.Deserialize<JsonElement>(text).GetProperty("id").GetString()}",
            TestContext.Current.CancellationToken);
        Assert.DoesNotContain(subscriber.Output, l => l.Contains("rec-changed", StringComparison.Ordinal));
    }

    private static Snippet OfConsole()
    {
        const string page = "src/Siro.Gateway/OperatorConsole/Web/pages/snippets.js";
        const string begin = "'C#': `";
        var script = File.ReadAllText(Path.Combine(Snippet.Root, page));
        var from = script.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return new Snippet(page, 1, "csharp", script[from..script.IndexOf('`', from)]);
    }

    private static Snippet Find(string page, string language) => Snippet.All.Single(s => s.Page == page && s.Language == language);

    private static StringContent Json(object value) => new(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json");

    private static async Task RefusedAsync(HttpClient client, Uri address, Func<HttpClient, Task<HttpResponseMessage>> send)
    {
        using var answer = await send(client);
        Assert.True((int)answer.StatusCode == 400, $"{address}: {(int)answer.StatusCode}");
    }

    /// <summary>Starts it on a free port, on another one when somebody else was faster.</summary>
    private static async Task<(ProcessHandle Subscriber, Uri Address)> ListenAsync(
        string file, string[] arguments, string secret, HttpClient client)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Take(1)[0].ToString(CultureInfo.InvariantCulture);
            var address = new Uri($"http://127.0.0.1:{port}/siro");
            var subscriber = ProcessHandle.Start(file, arguments, new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["SECRET"] = secret,
                ["SIRO_WEBHOOK_SECRET"] = secret,
                ["PORT"] = port,
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            });
            await Until.TrueAsync(async () => subscriber.HasExited || await ListensAsync(client, address), "the subscriber listens",
                TimeSpan.FromSeconds(60));
            if (!subscriber.HasExited)
            {
                return (subscriber, address);
            }

            var said = string.Join('\n', subscriber.Output);
            await subscriber.DisposeAsync();
            Assert.True(attempt < 3, said);
        }
    }

    private static async Task<bool> ListensAsync(HttpClient client, Uri address)
    {
        try
        {
            using var answer = await client.PostAsync(address, new StringContent("{}"), TestContext.Current.CancellationToken);
            return (int)answer.StatusCode == 400;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Dictionary<string, string?> Environment(string key) => new(StringComparer.Ordinal)
    {
        ["GATEWAY"] = gateway.Gateway.Address.AbsoluteUri.TrimEnd('/'),
        ["KEY"] = key,
        ["no_proxy"] = "127.0.0.1",
        ["NO_PROXY"] = "127.0.0.1",
    };
}
