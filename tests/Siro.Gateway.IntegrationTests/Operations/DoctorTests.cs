using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed class DoctorTests(DoctorTests.Fixture gateway) : IClassFixture<DoctorTests.Fixture>
{
    [Fact]
    public async Task A_right_set_up_is_in_order_and_nothing_is_left_behind()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var since = gateway.Emulator.Journal.Last;
        var (exit, findings, text) = await ExamineAsync(gateway.Settings);

        Assert.True(exit == 0, text);
        Assert.DoesNotContain(findings, f => f.Verdict == "failure");
        Assert.Contains(findings, f => f is { Area: "configuration", Verdict: "ok" });
        Assert.Contains(findings, f => f is { Area: "store", Subject: "server eviction", Verdict: "ok" });
        Assert.Contains(findings, f => f is { Area: "store", Subject: "server durability", Verdict: "ok" });
        Assert.Contains(findings, f => f is { Area: "siro", Subject: "acme token", Verdict: "ok" });
        Assert.Contains(findings, f => f is { Area: "siro", Subject: "acme clock", Verdict: "ok" });
        Assert.Contains(findings, f => f is { Area: "siro", Subject: "acme OAuth app", What: "minted a user token and revoked it" });
        Assert.Contains(findings, f => f is { Area: "spool", Subject: "speed" });
        Assert.Contains(gateway.Emulator.Journal.Read(since), e => e.Method == "DELETE" && e.Status < 300);
        foreach (var secret in Secrets(gateway.Settings))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_mistake_is_named_by_its_path_and_the_rest_is_examined_all_the_same()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var evicting = await RedisServer.StartAsync("--maxmemory-policy", "allkeys-lru", "--appendonly", "no");
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Redis:Configuration"] = evicting.Configuration,
            ["Uploads:MaxBytes"] = "200000000",
            ["Telemetry:SampleRatio"] = "7",
            ["Siro:Organizations:acme:OrganizationToken"] = "canary-wrong-token",
        };
        var (exit, findings, text) = await ExamineAsync(settings);

        Assert.Equal(1, exit);
        Assert.Contains(findings, f => f is { Area: "configuration", Subject: "Uploads:MaxBytes", Verdict: "failure" });
        Assert.Contains(findings, f => f is { Area: "configuration", Subject: "Telemetry:SampleRatio", Verdict: "failure" });
        Assert.Contains(findings, f => f is { Area: "store", Subject: "server eviction", Verdict: "failure" });
        Assert.Contains(findings, f => f is { Area: "store", Subject: "server durability", Verdict: "failure" });
        Assert.Contains(findings, f => f is { Area: "siro", Subject: "acme token", Verdict: "failure" });
        Assert.All(findings.Where(f => f.Verdict != "ok"), f => Assert.False(string.IsNullOrEmpty(f.Remedy)));
        Assert.DoesNotContain("canary-wrong-token", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_people_it_is_a_table()
    {
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["Redis:Configuration"] = "127.0.0.1:1" };
        await using var doctor = GatewayProcess.Run(settings, "doctor");
        Assert.Equal(1, await doctor.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        var text = string.Join('\n', doctor.Output);
        Assert.Contains("FAILURE", text, StringComparison.Ordinal);
        Assert.Contains("can't be reached", text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Secrets(Dictionary<string, string?> settings) =>
        settings.Where(s => s.Key.EndsWith("Token", StringComparison.Ordinal) || s.Key.Contains("Secret", StringComparison.Ordinal) || s.Key.Contains("EncryptionKeys", StringComparison.Ordinal)).Select(s => s.Value!);

    private static async Task<(int Exit, List<Line> Findings, string Text)> ExamineAsync(Dictionary<string, string?> settings)
    {
        await using var doctor = GatewayProcess.Run(settings, "doctor", "--json");
        var exit = await doctor.WaitForExitAsync(TimeSpan.FromSeconds(90));
        var text = string.Join('\n', doctor.Output);
        var from = text.IndexOf('{', StringComparison.Ordinal);
        Assert.True(from >= 0, text);
        using var json = JsonDocument.Parse(text[from..]);
        return (exit, json.RootElement.GetProperty("findings").Deserialize<List<Line>>(JsonSerializerOptions.Web)!, text);
    }

    internal sealed record Line(string Area, string Subject, string Verdict, string What, string? Remedy);

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
