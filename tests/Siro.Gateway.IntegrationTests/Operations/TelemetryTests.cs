using System.Diagnostics;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed class TelemetryTests(TelemetryTests.Fixture gateway) : IClassFixture<TelemetryTests.Fixture>
{
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_trace_reaches_Siro_only_when_asked_to(string asked)
    {
        await using var started = await gateway.StartInProcessAsync(null, ("Telemetry:PropagateToSiro", asked));
        using var client = started.CreateClient();
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        var since = gateway.Emulator.Journal.Last;
        foreach (var path in new[] { "/external/v1/core/users", "/platform/v1/core/recordings" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
            request.Headers.Add("baggage", "secret=canary");
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode);
        }

        var proxied = gateway.Emulator.Journal.Read(since, method: "GET");
        Assert.Equal(2, proxied.Count);
        Assert.All(
            proxied, e => Assert.Equal(asked == "true", e.Header("traceparent")?.Contains(trace, StringComparison.Ordinal) ?? false));
        Assert.All(proxied, e => Assert.Null(e.Header("baggage")));
    }

    [Fact]
    public async Task The_frameworks_metrics_follow_the_conventions_and_name_routes_not_paths()
    {
        await using var collector = await Collector.StartAsync();
        await using (var process = await gateway.StartProcessAsync(("Telemetry:OtlpEndpoint", collector.Url),
            ("Telemetry:OtlpProtocol", "http/protobuf"), ("Telemetry:MetricInterval", "00:00:01")))
        {
            using var client = process.CreateClient();
            for (var i = 0; i < 5; i++)
            {
                using var answer = await client.GetAsync(
                    $"/external/v1/core/recordings/some-id-{i}", TestContext.Current.CancellationToken);
            }

            await Until.TrueAsync(
                () => collector.Text("metrics").Contains("/external/{**path}", StringComparison.Ordinal), "the metrics arrive");
            Assert.Equal(0, await process.StopAsync());
        }

        var metrics = collector.Text("metrics");
        Assert.All(
            new[] { "http.server.request.duration", "http.server.active_requests", "http.client.request.duration",
                "kestrel.active_connections", "dotnet.gc.collections", "http.request.method", "http.response.status_code", "service.name",
                "siro-gateway" },
            name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.DoesNotContain("some-id-", metrics + collector.Text("traces"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prometheus_scrapes_at_its_path_and_where_asked_on_a_port_of_its_own(bool own)
    {
        var port = FreePort.Take(1)[0];
        var settings = own
            ? new (string, string?)[] { ("Telemetry:Prometheus", "true"), ("Telemetry:PrometheusPort", $"{port}") }
            : [("Telemetry:Prometheus", "true")];
        await using var process = await gateway.StartProcessAsync(settings);
        using var client = process.CreateClient();
        using var scraper = new HttpClient { BaseAddress = own ? new Uri($"http://127.0.0.1:{port}") : process.Address };
        using var answer = await client.GetAsync("/external/v1/core/users", TestContext.Current.CancellationToken);

        var text = await scraper.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.All(
            new[] { "http_server_request_duration_seconds_bucket", "siro_gateway_budget_replicas", "siro_gateway_uploads_spool_bytes",
                "dotnet_gc_collections_total" },
            name => Assert.Contains("\n" + name, text, StringComparison.Ordinal));
        Assert.Contains("/external/{**path}", text, StringComparison.Ordinal);
        if (own)
        {
            using var elsewhere = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
            using var others = await scraper.GetAsync("/health/live", TestContext.Current.CancellationToken);
            Assert.Equal((404, 404), ((int)elsewhere.StatusCode, (int)others.StatusCode));
        }
    }

    [Fact]
    public async Task Metrics_are_not_served_unless_asked_for()
    {
        await using var started = await gateway.StartInProcessAsync();
        using var client = started.CreateClient();
        using var answer = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task The_standard_variables_are_enough_and_the_callers_flag_decides_what_is_recorded()
    {
        await using var collector = await Collector.StartAsync();
        var sampled = ActivityTraceId.CreateRandom();
        var unsampled = ActivityTraceId.CreateRandom();
        await using (var process = await gateway.StartProcessAsync(
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.Url + "/v1/traces"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_SERVICE_NAME", "the-gateway-of-acme")))
        {
            using var client = process.CreateClient();
            foreach (var (trace, flag) in new[] { (sampled, "01"), (unsampled, "00") })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/platform/v1/core/recordings/some-id");
                request.Headers.Add("traceparent", $"00-{trace.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-{flag}");
                using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            }

            Assert.Equal(0, await process.StopAsync());
        }

        Assert.All(
            new[] { "the-gateway-of-acme", "GET /platform/v1/core/recordings/{id}", "siro GET /v1/core/recordings/{id}" },
            name => Assert.Contains(name, collector.Text("traces"), StringComparison.Ordinal));
        Assert.Equal("", collector.Text("metrics"));
        Assert.True(collector.Count("traces", Bytes(sampled)) > 1);
        Assert.Equal(0, collector.Count("traces", Bytes(unsampled)));

        static byte[] Bytes(ActivityTraceId id)
        {
            var bytes = new byte[16];
            id.CopyTo(bytes);
            return bytes;
        }
    }

    [Theory]
    [InlineData("Production", true)]
    [InlineData("Development", false)]
    public async Task The_log_is_JSON_for_machines_and_text_for_people_who_develop(string environment, bool json)
    {
        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["DOTNET_ENVIRONMENT"] = environment };
        await using var process = await GatewayProcess.StartAsync(settings);
        using var client = process.CreateClient();
        using var answer = await client.GetAsync("/v1/me", TestContext.Current.CancellationToken);
        var line = await process.Process.LineAsync("GET /v1/me");
        Assert.Equal(json, line.StartsWith('{'));
        if (json)
        {
            using var read = JsonDocument.Parse(line);
            Assert.Equal((1601, "information"),
                (read.RootElement.GetProperty("event").GetInt32(), read.RootElement.GetProperty("level").GetString()));
            Assert.Equal(32, read.RootElement.GetProperty("traceId").GetString()!.Length);
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
