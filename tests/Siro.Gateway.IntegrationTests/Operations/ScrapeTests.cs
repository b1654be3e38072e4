using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Whatever the alerting rules and the dashboard ask for, Prometheus has: a gateway is called as in a day's work, good and bad, and every
/// metric and every label that an expression names is looked up in its scrape.
/// </summary>
public sealed partial class ScrapeTests(ScrapeTests.Fixture gateway) : IClassFixture<ScrapeTests.Fixture>
{
    private static readonly string Root = typeof(ScrapeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == "RepositoryRoot").Value!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_and_dashboard_ask_for_metrics_and_labels_that_a_scrape_under_traffic_has()
    {
        await WorkAsync();
        var expressions = Expressions();
        Assert.True(expressions.Count > 25, $"{expressions.Count} expressions");

        // What ends in the background comes a moment later.
        using var client = gateway.Process.CreateClient(apiKey: null);
        var missing = new List<string>();
        try
        {
            await Until.TrueAsync(
                async () =>
                {
                    var samples = Samples(await client.GetStringAsync("/metrics", Cancel));
                    missing = [.. expressions.SelectMany(e => Missing(e, samples)).Distinct(StringComparer.Ordinal)];
                    return missing.Count == 0;
                },
                "the scrape has everything",
                TimeSpan.FromSeconds(60));
        }
        catch (Exception e) when (missing.Count > 0)
        {
            Assert.Fail($"{e.Message}\nThe scrape lacks:\n{string.Join('\n', missing)}");
        }
    }

    /// <summary>
    /// A day's work: calls, a mint, an upload, webhooks that are delivered and not, a used-up budget, a wrong signature, a token that can't
    /// be minted.
    /// </summary>
    private async Task WorkAsync()
    {
        using var admin = gateway.Process.CreateClient();
        using var anyone = gateway.Process.CreateClient(apiKey: null);
        (await admin.GetAsync("/platform/v1/core/recordings", Cancel)).EnsureSuccessStatusCode();
        (await admin.GetAsync("/external/v1/core/recordings", Cancel)).EnsureSuccessStatusCode();

        gateway.Applications.Answer("dead", 500);
        gateway.Applications.Answer("gone", 410);
        foreach (var name in new[] { "good", "dead", "gone" })
        {
            using var made = await admin.PostAsync(
                "/v1/subscriptions",
                new StringContent($$"""{"url":"{{gateway.Applications.Url(name)}}"}""", Encoding.UTF8, "application/json"), Cancel);
            made.EnsureSuccessStatusCode();
        }

        using var form = new MultipartFormDataContent
        {
            { new StringContent("rep1@example.com"), "userEmail" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(Root, "tests", "assets", "call.mp3"), Cancel)), "file",
                "call.mp3" },
        };
        Assert.Equal(HttpStatusCode.Created, (await admin.PostAsync("/v1/uploads", form, Cancel)).StatusCode);
        Assert.Equal(
            HttpStatusCode.OK, (await anyone.PostWebhookAsync("msg_scrape", SiroSender.Event("rec-scrape", linked: true))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await anyone.PostWebhookAsync("msg_wrong", "{}"u8.ToArray(), secret: null)).StatusCode);

        // More calls than the second organization's budget has.
        using var tight = gateway.Process.CreateClient(Fixture.TightKey);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(async _ => (await tight.GetAsync("/external/v1/core/recordings", Cancel)).StatusCode));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        gateway.Emulator.Faults.Answer(429, host: "external", path: "/v1/core/users", times: 20);
        await admin.GetAsync("/external/v1/core/users", Cancel);

        // Siro refuses the OAuth app.
        gateway.Emulator.Faults.Add(
            new FaultRule { Name = "no mint", Path = "/v1/core/oauth/**", Status = 401, Body = """{"error":"Invalid client secret"}""" });
        using var writer = gateway.Process.CreateClient(GatewaySettings.WriterKey);

        // Another 5xx, of a store that was slow, says nothing of the app.
        await Until.TrueAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/platform/v1/core/recordings");
                request.Headers.Add("Siro-User", gateway.Users[1]);
                Assert.True((int)(await writer.SendAsync(request, Cancel)).StatusCode >= 500);
                return gateway.Emulator.Journal.Read(path: "/v1/core/oauth/**").Any(e => e.Fault == "no mint");
            },
            "Siro refused to mint");
        gateway.Emulator.Faults.Clear("no mint");
    }

    private static List<string> Expressions()
    {
        var rules = Expression().Matches(File.ReadAllText(Path.Combine(Root, "deploy", "prometheus", "alerts.yaml")))
            .Select(m => m.Groups[1].Value);
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "deploy", "grafana", "siro-gateway.json")));
        return [.. rules, .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(p => p.TryGetProperty("targets", out var targets) ? targets.EnumerateArray() : default)
            .Select(t => t.GetProperty("expr").GetString()!)];
    }

    /// <summary>What the expression needs and the scrape has not.</summary>
    private static IEnumerable<string> Missing(string expression, Dictionary<string, List<Dictionary<string, string>>> samples)
    {
        var metrics = Metric().Matches(expression);
        foreach (Match metric in metrics)
        {
            var name = metric.Groups[1].Value;
            if (!samples.TryGetValue(name, out var found))
            {
                yield return name;
                continue;
            }

            foreach (var matcher in Matcher().Matches(metric.Groups[2].Value).Where(m => m.Groups[1].Value != "instance"))
            {
                var (label, op, value) = (matcher.Groups[1].Value, matcher.Groups[2].Value, matcher.Groups[3].Value);
                if (!found.Any(s => s.TryGetValue(label, out var has)
                    && (op == "=" ? has == value : Regex.IsMatch(has, $"^(?:{value})$", RegexOptions.None, TimeSpan.FromSeconds(1)))))
                {
                    yield return $"{name}{{{label}{op}\"{value}\"}}";
                }
            }
        }

        foreach (var label in By().Matches(expression).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)).Where(
            l => l != "instance"))
        {
            if (!metrics.Any(m => samples.GetValueOrDefault(m.Groups[1].Value)?.Exists(s => s.ContainsKey(label)) == true))
            {
                yield return $"{label} in {expression}";
            }
        }
    }

    private static Dictionary<string, List<Dictionary<string, string>>> Samples(string scrape)
    {
        var samples = new Dictionary<string, List<Dictionary<string, string>>>(StringComparer.Ordinal);
        foreach (Match line in Sample().Matches(scrape))
        {
            var labels = Matcher().Matches(line.Groups[2].Value)
                .ToDictionary(m => m.Groups[1].Value, m => m.Groups[3].Value, StringComparer.Ordinal);
            (samples.TryGetValue(line.Groups[1].Value, out var list) ? list : samples[line.Groups[1].Value] = []).Add(labels);
        }

        return samples;
    }

    [GeneratedRegex(@"^\s+expr: (.+)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b((?:siro_gateway|http_server|http_client|dotnet|kestrel)_[a-z_]+)(?:\{([^}]*)\})?", RegexOptions.None,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("([a-z_]+)(=~|=)\"([^\"]*)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\bby \(([^)]*)\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex By();

    [GeneratedRegex(@"^([a-z_]+)(?:\{(.*)\})? [^ \n]+", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Sample();

    public sealed class Fixture : GatewayFixture
    {
        public const string TightKey = "sgw_test-tight-0000000000000000000000000000000000";

        internal Subscribers Applications { get; private set; } = null!;

        /// <summary>A process of its own: gateways in one process share their meters.</summary>
        public GatewayProcess Process { get; private set; } = null!;

        protected override bool StartsGateway => false;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Process = await GatewayProcess.StartAsync(Settings);
            await Process.ReadyAsync();
        }

        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            Applications = await Subscribers.StartAsync();
            settings["Telemetry:Prometheus"] = "true";
            settings["Alerts:Interval"] = "00:00:01";
            settings["Reconciliation:Enabled"] = "true";
            settings["Reconciliation:Interval"] = "00:00:01";
            foreach (var (i, after) in new[] { "00:00:00", "00:00:00.1" }.Index())
            {
                settings[string.Create(CultureInfo.InvariantCulture, $"Webhooks:RetrySchedule:{i}")] = after;
            }

            GatewaySettings.TightOrganization(settings, Emulator, TightKey);
        }

        public override async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            await Applications.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
