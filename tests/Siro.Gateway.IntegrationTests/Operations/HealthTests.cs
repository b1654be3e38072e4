using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed class HealthTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/startup", "started")]
    [InlineData("/health/ready", "ready")]
    public async Task Whoever_asks_is_told_how_it_is(string path, string expected)
    {
        using var client = gateway.CreateClient(apiKey: null);
        await Until.TrueAsync(async () => (await StatusAsync(client, path)).Status == expected, $"{path} says {expected}");
        Assert.Equal(HttpStatusCode.OK, (await StatusAsync(client, path)).Code);
    }

    [Fact]
    public async Task Details_are_for_admins_and_name_no_secret()
    {
        using var admin = gateway.CreateClient();
        using var reader = gateway.CreateClient(GatewaySettings.ReaderKey);
        using var anyone = gateway.CreateClient(apiKey: null);

        var text = await admin.GetStringAsync("/health/detail", TestContext.Current.CancellationToken);
        using var detail = JsonDocument.Parse(text);
        Assert.True(detail.RootElement.GetProperty("store").GetProperty("available").GetBoolean());
        Assert.Equal("acme", detail.RootElement.GetProperty("organizations")[0].GetProperty("name").GetString());
        Assert.Equal("shared", detail.RootElement.GetProperty("budget").GetProperty("mode").GetString());
        Assert.DoesNotContain(gateway.Emulator.Default.Token, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync("/health/detail", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await anyone.GetAsync("/health/detail", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_lost_store_degrades_and_stays_in_service()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var store = await RedisServer.StartAsync();
        await using var other = await gateway.StartInProcessAsync(
            null, ("Redis:Configuration", store.Configuration), ("Logging:LogLevel:Siro.Gateway", "Debug"));
        using var client = other.CreateClient(apiKey: null);
        await Until.TrueAsync(async () => (await StatusAsync(client, "/health/ready")).Status == "ready", "the store is seen");

        var before = other.Log.Count;
        await store.KillAsync();
        await Until.TrueAsync(
            async () => await StatusAsync(client, "/health/ready") is (HttpStatusCode.OK, "degraded"), "the loss is seen");

        // Whoever looks into the log finds the outage, and not a line each second from everyone who tries again. (A last success that is
        // reported late makes a second failure the first one again.)
        await Until.TrueAsync(() => other.Log.Count(l => l.StartsWith("Debug", StringComparison.Ordinal)
            && l.Contains("[2011]", StringComparison.Ordinal)) > 2, "the fan-out tries again and again");
        var warnings = other.Log.Skip(before).Where(l => l.StartsWith("Warning", StringComparison.Ordinal)
            && (l.Contains("[2011]", StringComparison.Ordinal) || l.Contains("[1241]", StringComparison.Ordinal)));
        Assert.All(warnings.CountBy(l => l[..l.LastIndexOf(':')], StringComparer.Ordinal),
            w => Assert.True(w.Value <= 2, $"{w.Value} times: {w.Key}"));
        await store.RestartAsync();
        await Until.TrueAsync(async () => await StatusAsync(client, "/health/ready") is (HttpStatusCode.OK, "ready"), "the return is seen");
    }

    [Fact]
    public async Task A_store_that_hangs_degrades_within_the_time_that_a_probe_waits()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var store = await RedisServer.StartAsync();
        await using var other = await gateway.StartInProcessAsync(null, ("Redis:Configuration", store.Configuration));
        using var client = other.CreateClient(apiKey: null);
        await Until.TrueAsync(async () => (await StatusAsync(client, "/health/ready")).Status == "ready", "the store is seen");

        store.Pause();
        var (code, status) = await StatusAsync(client, "/health/ready");
        store.Resume();

        Assert.Equal((HttpStatusCode.OK, "degraded"), (code, status));
        await Until.TrueAsync(async () => (await StatusAsync(client, "/health/ready")).Status == "ready", "the return is seen");
    }

    [Fact]
    public async Task Details_name_each_check()
    {
        await using var other = await gateway.StartInProcessAsync(null, ("Uploads:MaxBytes", "1000000"), ("Uploads:SpoolFiles", "1"));
        using var admin = other.CreateClient();
        using var detail = JsonDocument.Parse(await admin.GetStringAsync("/health/detail", TestContext.Current.CancellationToken));
        Assert.Equal(
            ["budget", "identity", "siro", "spool", "startup", "store", "traffic"],
            detail.RootElement.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.All(
            detail.RootElement.GetProperty("checks").EnumerateArray(), c => Assert.Equal("healthy", c.GetProperty("status").GetString()));

        // One file is all that fits.
        await using var file = other.Services.GetRequiredService<Spool>().Open(new ClientName("crm"), 10);
        using var full = JsonDocument.Parse(await admin.GetStringAsync("/health/detail", TestContext.Current.CancellationToken));
        var spool = Assert.Single(
            full.RootElement.GetProperty("checks").EnumerateArray(), c => c.GetProperty("status").GetString() == "degraded");
        Assert.Equal("spool", spool.GetProperty("name").GetString());
        Assert.Equal("ready", full.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Probes_take_GET_alone()
    {
        using var client = gateway.CreateClient(apiKey: null);
        using var answer = await client.PostAsync("/health/ready", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task The_binary_asks_for_itself()
    {
        var address = gateway.Gateway.Address.AbsoluteUri;
        await using var live = GatewayProcess.Run(new Dictionary<string, string?>(StringComparer.Ordinal), "health", "--url", address);
        await using var ready = GatewayProcess.Run(
            new Dictionary<string, string?>(StringComparer.Ordinal), "health", "--ready", "--url", address);
        await using var nobody = GatewayProcess.Run(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["ASPNETCORE_HTTP_PORTS"] = "1" }, "health");
        Assert.Equal(0, await live.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, await ready.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, await nobody.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    private static async Task<(HttpStatusCode Code, string? Status)> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (response.StatusCode, json.RootElement.GetProperty("status").GetString());
    }
}
