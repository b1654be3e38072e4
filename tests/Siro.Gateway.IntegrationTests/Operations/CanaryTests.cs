using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Marked secrets, paths and bodies go through a gateway that sends traces and metrics and logs all it can; none may turn up where it does
/// not belong.
/// </summary>
public sealed class CanaryTests(CanaryTests.Fixture gateway) : IClassFixture<CanaryTests.Fixture>
{
    [Fact]
    public async Task No_secret_and_no_body_reaches_logs_metrics_traces_problems_or_the_store_and_a_job_goes_on_in_its_callers_trace()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var collector = await Collector.StartAsync();
        await using var subscribers = await Subscribers.StartAsync();
        var trace = ActivityTraceId.CreateRandom();
        var problems = new StringBuilder();
        IReadOnlyList<string> log;
        string state;
        string subscriptionSecret;
        var shown = new StringBuilder();
        await using (var process = await gateway.StartProcessAsync(
            ("Calls:Sources:phone:Type", "aircall"), ("Calls:Sources:phone:Client", "writer"),
            ("Calls:Sources:phone:Secret", "canary-source-secret"), ("Calls:Sources:phone:Auth:Type", "bearer"),
            ("Calls:Sources:phone:Auth:Value", "canary-source-auth"), ("Calls:Sources:phone:Hosts:0", "127.0.0.1"),
            ("Siro:Organizations:acme:Credential", "Both"),
            ("Siro:Organizations:acme:ClientCredentials:TokenAddress", new Uri(gateway.Emulator.Auth, "oauth2/token").AbsoluteUri),
            ("Siro:Organizations:acme:ClientCredentials:ClientId", gateway.Emulator.Default.ClientApp.ClientId),
            ("Siro:Organizations:acme:ClientCredentials:ClientSecret", gateway.Emulator.Default.ClientApp.ClientSecret),
            ("Telemetry:OtlpEndpoint", collector.Url), ("Telemetry:OtlpProtocol", "http/protobuf"),
            ("Telemetry:OtlpHeaders", "authorization=canary-collector"), ("Telemetry:MetricInterval", "00:00:01"),
            ("Logging:LogLevel:Siro", "Trace")))
        {
            using var client = process.CreateClient();
            client.DefaultRequestHeaders.Add("traceparent", $"00-{trace.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
            using (var created = await client.PostAsJsonAsync("/v1/subscriptions",
                new { url = subscribers.Url("canary-subscriber-path"), events = new[] { "*" },
                headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["X-Own"] = "canary-header-value" } }))
            {
                var text = await created.Content.ReadAsStringAsync();
                Assert.True(created.IsSuccessStatusCode, text);
                using var json = JsonDocument.Parse(text);
                subscriptionSecret = json.RootElement.GetProperty("secret").GetString()!;
            }

            // Proxied: a path and a query of the caller's, a token of the caller's that never passes, an answer of Siro's.
            using (var request = new HttpRequestMessage(
                HttpMethod.Get, "/external/v1/core/recordings/canary-path-id?canary-query=canary-query-value"))
            {
                request.Headers.Add("x-siro-auth-token", "canary-callers-token");
                request.Headers.Add("User-Agent", "canary-agent");
                await KeepAsync(await client.SendAsync(request), problems);
            }

            await KeepAsync(await client.GetAsync("/platform/v1/core/recordings?canary-query=canary-query-value"), problems);
            await KeepAsync(await client.GetAsync("/canary-unknown-path/../x?canary-query-value"), problems);
            using (var wrong = process.CreateClient("sgw_canary-wrong-key"))
            {
                await KeepAsync(await wrong.GetAsync("/v1/me"), problems);
            }

            using (var bearer = process.CreateClient(apiKey: null))
            {
                bearer.DefaultRequestHeaders.Add("Authorization", "Bearer canary-bearer.canary.canary");
                await KeepAsync(await bearer.GetAsync("/v1/me"), problems);
            }

            // An upload, whole and broken; a webhook, right and forged.
            var file = Uploads.Recordings.Wav(40_000);
            Encoding.ASCII.GetBytes("canary-file-body").CopyTo(file, 1000);
            var (uploaded, upload) = await client.UploadAsync(Forms.Of(file, title: "A title"));
            Assert.True(uploaded.IsSuccessStatusCode, upload.ToString());
            await KeepAsync(
                (await client.UploadAsync(Forms.Of(Encoding.ASCII.GetBytes("canary-file-body is no audio")))).Response, problems);
            await KeepAsync(await client.PostWebhookAsync("msg_canary", Encoding.UTF8.GetBytes(SiroSender.Event("canary-forged-body")),
                secret: null), problems);
            using (var taken = await client.PostWebhookAsync(
                "msg_right", SiroSender.Event("rec-canary", more: ",\"note\":\"canary-webhook-body\"")))
            {
                Assert.True(taken.IsSuccessStatusCode);
            }

            await KeepAsync(await client.PostAsync("/v1/calls/sources/phone",
                new StringContent("""{"event":"call.ended","token":"canary-forged-token","data":{}}""", Encoding.UTF8, "application/json")),
                problems);
            await Until.TrueAsync(() => subscribers.At("canary-subscriber-path").Count > 0, "the event is delivered");
            Assert.Equal("canary-header-value", subscribers.At("canary-subscriber-path").First().Headers["X-Own"]);

            // What operators look at.
            foreach (var path in new[] { "/health/ready", "/health/detail", "/v1/me", "/v1/subscriptions", "/v1/deliveries", "/v1/uploads",
                "/v1/calls", "/openapi/v1.json" })
            {
                shown.AppendLine(await client.GetStringAsync(path));
            }
            await Until.TrueAsync(
                () => collector.Text("metrics").Contains("siro.gateway.jobs.ended", StringComparison.Ordinal), "metrics of jobs arrive");
            foreach (var arguments in new string[][] { ["doctor"], ["doctor", "--json"], ["token", "check"] })
            {
                await using var command = GatewayProcess.Run(process.Settings, arguments);
                await command.WaitForExitAsync(TimeSpan.FromSeconds(90));
                Assert.NotEmpty(command.Output);
                shown.AppendJoin('\n', command.Output);
            }

            if (OperatingSystem.IsLinux())
            {
                // Everybody on the machine can read a process's arguments.
                shown.AppendLine(await File.ReadAllTextAsync($"/proc/{process.Process.Id}/cmdline", TestContext.Current.CancellationToken));
            }

            state = await StateAsync(gateway.Store.Configuration);
            Assert.Equal(0, await process.StopAsync());
            log = process.Output;
        }

        var traces = collector.Text("traces");
        Assert.Contains("siro GET /v1/core/recordings/{id}", traces, StringComparison.Ordinal);
        var bytes = new byte[16];
        trace.CopyTo(bytes);
        Assert.True(collector.Count("traces", bytes) > 5, "the caller's trace goes on: server, attempts at Siro, jobs");
        Assert.Contains("job upload", traces, StringComparison.Ordinal);
        Assert.All(log.Where(l => l.Length > 0), line => Assert.True(IsJson(line), line));
        Assert.Contains(log, l => l.Contains(trace.ToHexString(), StringComparison.Ordinal));

        string[] secrets =
        [
            gateway.Emulator.Default.Token, gateway.Emulator.Default.ClientSecret, gateway.Emulator.Default.ClientApp.ClientSecret,
            GatewaySettings.WebhookSecret, GatewaySettings.AdminKey, subscriptionSecret,
            gateway.Settings["Store:EncryptionKeys:0"]!, "canary-callers-token", "canary-wrong-key", "canary-bearer", "canary-collector",
            "canary-source-secret", "canary-source-auth", "canary-header-value", "canary-forged-token",
        ];
        string[] bodies = ["canary-file-body", "canary-webhook-body", "canary-forged-body"];
        string[] raw = ["canary-path-id", "canary-query", "canary-agent", "canary-unknown-path", "canary-subscriber-path"];
        var metrics = collector.Text("metrics");
        var logged = string.Join('\n', log);
        Assert.Multiple(
            () => Absent("logs", logged, [.. secrets, .. bodies, .. raw]),
            () => Absent("traces", traces, [.. secrets, .. bodies, .. raw]),
            () => Absent("metrics", metrics, [.. secrets, .. bodies, .. raw]),
            () => Absent("problems", problems.ToString(), [.. secrets, .. bodies]),
            () => Absent("operators' views", shown.ToString(), [.. secrets, .. bodies]),
            () => Absent("store", state, [.. secrets, "canary-file-body", "canary-forged-body"]));

        // User tokens are encrypted before they reach the store; every one that the emulator gave out is looked for.
        var tokens = gateway.Emulator.State.Tokens.All.Where(t => t.Kind != Siro.Emulator.Access.TokenKind.Organization)
            .Select(t => t.Value).ToArray();
        Assert.NotEmpty(tokens);
        Absent("operators' views", shown.ToString(), tokens);
        Absent("problems", problems.ToString(), tokens);
        Absent("metrics", metrics, tokens);
        Absent("store", state, tokens);
        Absent("logs", logged, tokens);
        Absent("traces", traces, tokens);

        // The company's trace ids stay inside.
        Assert.DoesNotContain(gateway.Emulator.Journal.Read(), e => e.Header("traceparent") is not null);
    }

    /// <summary>What is wrong is named by its path, never by its value; and a store that is away is named without its password.</summary>
    [Fact]
    public async Task No_secret_reaches_the_report_of_a_configuration_that_is_wrong_or_whose_store_is_away()
    {
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Store:EncryptionKeys:0"] = "canary-encryption-key",
            ["Siro:Organizations:acme:WebhookSecrets:0"] = "canary-webhook-secret",
            ["Siro:Organizations:acme:OrganizationToken"] = "canary organization token\u00fc",
            ["Clients:admin:ApiKeyHashes:0"] = "canary-api-key-in-place-of-its-hash",
            ["Webhooks:Subscriptions:all:Url"] = "canary-url",
            ["Webhooks:Subscriptions:all:Secret"] = "canary-subscription-secret",
            ["Telemetry:OtlpEndpoint"] = "http://127.0.0.1:1/",
            ["Telemetry:OtlpHeaders"] = "canary-header-without-a-value",
        };
        await using (var wrong = GatewayProcess.Run(settings, "--urls", "http://127.0.0.1:0"))
        {
            Assert.NotEqual(0, await wrong.WaitForExitAsync(TimeSpan.FromSeconds(90)));
            var printed = string.Join('\n', wrong.OutputThenErrors);
            Assert.Contains("Store:EncryptionKeys:0", printed, StringComparison.Ordinal);
            Assert.Contains("Siro:Organizations:acme:WebhookSecrets:0", printed, StringComparison.Ordinal);
            Absent("report", printed, ["canary-encryption", "canary-webhook", "canary organization", "canary-api-key",
                "canary-subscription", "canary-header", GatewaySettings.WebhookSecret, gateway.Emulator.Default.ClientSecret]);
        }

        var redis = $"127.0.0.1:{FreePort.Take(1)[0]},user=gateway,password=canary-redis-password";
        await using var away = await gateway.StartProcessAsync(("Redis:Configuration", redis), ("Logging:LogLevel:Default", "Debug"));
        using var client = away.CreateClient();
        using var event503 = await client.PostWebhookAsync("msg_away", SiroSender.Event("rec-away"));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, event503.StatusCode);
        var detail = await client.GetStringAsync("/health/detail");
        await using var doctor = GatewayProcess.Run(away.Settings, "doctor");
        await doctor.WaitForExitAsync(TimeSpan.FromSeconds(90));
        string[] said = [.. away.Output, detail, .. doctor.Output];
        Absent("report of a store that is away", string.Join('\n', said), ["canary-redis-password"]);
    }

    private static void Absent(string where, string text, string[] canaries) =>
        Assert.All(canaries,
            canary =>
            Assert.False(text.Contains(canary, StringComparison.Ordinal), $"{canary} stands in the {where}: {Around(text, canary)}"));

    private static string Around(string text, string canary) =>
        text.IndexOf(canary, StringComparison.Ordinal) is var at && at < 0
            ? ""
            : text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 100)];

    private static bool IsJson(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task KeepAsync(HttpResponseMessage response, StringBuilder problems)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (response.Headers.Contains("Siro-Gateway-Error"))
            {
                problems.AppendLine(response.Headers.ToString()).AppendLine(body);
            }
        }
    }

    /// <summary>Every key and every value of the store.</summary>
    private static async Task<string> StateAsync(string redis)
    {
        var all = new StringBuilder();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var database = connection.GetDatabase();
        await foreach (var key in connection.GetServers()[0].KeysAsync(pageSize: 1000))
        {
            all.AppendLine(key.ToString());
            var dump = await database.KeyTypeAsync(key) switch
            {
                RedisType.String => [await database.StringGetAsync(key)],
                RedisType.Hash => (await database.HashGetAllAsync(key)).SelectMany(h => new[] { h.Name, h.Value }).ToArray(),
                RedisType.SortedSet => (await database.SortedSetRangeByRankAsync(key)).ToArray(),
                RedisType.Set => await database.SetMembersAsync(key),
                RedisType.List => await database.ListRangeAsync(key),
                var other => throw new InvalidOperationException($"{key} is a {other}"),
            };
            foreach (var value in dump)
            {
                all.AppendLine(Encoding.Latin1.GetString((byte[]?)value ?? []));
            }
        }

        return all.ToString();
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
