using System.Globalization;
using System.Text.Json;
using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Emulator.Validation;
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

    [Theory]
    [InlineData("OrganizationToken", ClientTokenHosts.All, 0, "takes client tokens, takes organization tokens",
        "takes client tokens, takes user tokens")]
    [InlineData("OrganizationToken", ClientTokenHosts.None, 0, "refuses client tokens (401), takes organization tokens",
        "refuses client tokens (401), takes user tokens")]
    [InlineData("Both", ClientTokenHosts.External, 0, "takes client tokens, takes organization tokens",
        "refuses client tokens (401), takes user tokens")]
    [InlineData("ClientCredentials", ClientTokenHosts.External, 1, "takes client tokens, takes organization tokens",
        "refuses client tokens (401), takes user tokens")]
    public async Task It_says_which_kinds_of_credential_each_host_takes(
        string choice, ClientTokenHosts hosts, int expected, string external, string platform)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        gateway.Emulator.Options.ClientTokenHosts = hosts;
        var before = gateway.Emulator.State.Tokens.All.Select(t => t.Id).ToHashSet();
        try
        {
            var (exit, findings, text) = await ExamineAsync(WithClientApp(choice));
            Assert.True(exit == expected, text);
            Assert.Contains(findings, f => f is { Subject: "acme client app", Verdict: "ok" });
            Assert.Equal(external, findings.Single(f => f.Subject == "acme external host").What);
            Assert.Equal(platform, findings.Single(f => f.Subject == "acme platform host").What);
            Assert.DoesNotContain(gateway.Emulator.Default.ClientApp.ClientSecret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(gateway.Emulator.State.Tokens.All, t => !before.Contains(t.Id)
                && t.Kind is (TokenKind.Read or TokenKind.Client) && t.RevokedAt is null);
        }
        finally
        {
            gateway.Emulator.Options.ClientTokenHosts = ClientTokenHosts.All;
        }
    }

    [Theory]
    [InlineData("Both", "ok", null)]
    [InlineData("ClientCredentials", "failure", "Correct the client app first.")]
    public async Task Without_a_client_token_no_host_is_blamed(string choice, string verdict, string? remedy)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        gateway.Emulator.Options.TokenEndpoint = TokenEndpointFault.Page;
        try
        {
            var (exit, findings, text) = await ExamineAsync(WithClientApp(choice));
            Assert.True(exit == 1, text);
            var app = findings.Single(f => f.Subject == "acme client app");
            Assert.EndsWith("no JSON: check Siro:Organizations:acme:ClientCredentials:TokenAddress.", app.What, StringComparison.Ordinal);
            var hosts = findings.Where(f => f.Subject.EndsWith(" host", StringComparison.Ordinal)).ToList();
            Assert.Equal(3, hosts.Count);
            Assert.All(hosts, h => Assert.Equal(verdict, h.Verdict));
            Assert.All(hosts, h => Assert.StartsWith(remedy ?? "", h.Remedy ?? "", StringComparison.Ordinal));
        }
        finally
        {
            gateway.Emulator.Options.TokenEndpoint = TokenEndpointFault.None;
        }
    }

    [Theory]
    [InlineData("OrganizationToken")]
    [InlineData("ClientCredentials")]
    public async Task Contracts_are_compared_by_read_operations_alone(string choice)
    {
        gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 3, processed: true, linked: true, announce: false, TimeSpan.Zero);
        var since = gateway.Emulator.Journal.Last;
        var (exit, findings, text) = await ExamineAsync(WithClientApp(choice), "doctor", "--contracts", "--json");
        Assert.True(exit == 0, text);
        Assert.All(findings, f => Assert.Equal(("contract", "ok"), (f.Area, f.Verdict)));
        Assert.Equal(choice == "ClientCredentials",
            findings.Any(f => f is { Subject: "acme platform GET /v1/core/recordings/{id}", What: "as published" }));
        Assert.All(gateway.Emulator.Journal.Read(since).Where(e => e.Host != Siro.Emulator.Hosting.SiroHost.Auth),
            e => Assert.Equal("GET", e.Method));

        gateway.Emulator.Options.ContractDrift = ContractDrift.NewValue | ContractDrift.MissingField;
        try
        {
            (exit, findings, text) = await ExamineAsync(WithClientApp(choice), "doctor", "--contracts", "--json");
            Assert.True(exit == 0, text);
            Assert.Contains(
                findings, f => f.Verdict == "warning" && f.What.Contains("'ARCHIVED' in 'data[].result'", StringComparison.Ordinal));
            Assert.Contains(findings, f => f.Verdict == "warning" && f.What.Contains("lacks 'data[].title'", StringComparison.Ordinal));
        }
        finally
        {
            gateway.Emulator.Options.ContractDrift = ContractDrift.None;
        }
    }

    [Fact]
    public async Task Contracts_are_compared_with_the_older_kind_while_no_host_takes_client_tokens()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var recordings = gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 2, processed: true, linked: true, announce: false, TimeSpan.FromMinutes(1));
        gateway.Emulator.Recordings.Purge(recordings.MaxBy(r => r.CreatedAt)!);
        gateway.Emulator.Options.ClientTokenHosts = ClientTokenHosts.None;
        try
        {
            var (exit, findings, text) = await ExamineAsync(WithClientApp("Both"), "doctor", "--contracts", "--user-token", "--json");
            Assert.True(exit == 0, text);
            Assert.All(findings, f => Assert.Equal("ok", f.Verdict));
            Assert.Contains(findings, f => f is { Subject: "acme external GET /v1/core/recordings/{id}", What: "as published" });
            Assert.Contains(findings, f => f is { Subject: "acme platform GET /v1/core/recordings/{id}", What: "as published" });
        }
        finally
        {
            gateway.Emulator.Options.ClientTokenHosts = ClientTokenHosts.All;
        }
    }

    [Fact]
    public async Task Contracts_of_platform_are_compared_with_a_user_token_that_is_revoked_afterwards()
    {
        gateway.Emulator.Recordings.AddMany(
            gateway.Emulator.Default.Organization, 1, processed: true, linked: true, announce: false, TimeSpan.Zero);
        var since = gateway.Emulator.Journal.Last;
        var before = gateway.Emulator.State.Tokens.All.Select(t => t.Id).ToHashSet();
        var (exit, results, text) = await ExamineAsync(gateway.Settings, "doctor", "--contracts", "--user-token", "--json");
        Assert.True(exit == 0, text);
        Assert.All(results, f => Assert.Equal(("contract", "ok"), (f.Area, f.Verdict)));
        Assert.Contains(results, f => f is { Subject: "acme platform GET /v1/core/recordings/{id}", What: "as published" });
        Assert.Contains(results, f => f is { Subject: "acme internal GET /v1/core/conversation-configurations", What: "as published" });
        Assert.Single(gateway.Emulator.Journal.Mints(since));
        Assert.NotNull(gateway.Emulator.State.Tokens.All.Single(t => !before.Contains(t.Id)).RevokedAt);
    }

    [Fact]
    public async Task Every_error_is_named_by_its_path_and_the_rest_is_examined_all_the_same()
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
        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["Redis:Configuration"] = "127.0.0.1:1" };
        await using var doctor = GatewayProcess.Run(settings, "doctor");
        Assert.Equal(1, await doctor.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        var text = string.Join('\n', doctor.Output);
        Assert.DoesNotContain('\e', text);
        Assert.Contains("FAILURE", text, StringComparison.Ordinal);
        Assert.Contains("can't be reached", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, null, "Siro failed to answer. (status 503)", "Try again")]
    [InlineData(403, "<html>error code: 1010</html>", "code 1010", "Set Siro:UserAgent")]
    [InlineData(200, "<html>Sign in to the network</html>", "is not Siro", "proxies in between")]
    [InlineData(429, null, "limit is reached (429)", "uses this token up")]
    public async Task What_Siro_or_the_network_before_it_answers_is_told_with_its_remedy(
        int status, string? page, string what, string remedy)
    {
        gateway.Emulator.Faults.Add(new FaultRule
        {
            Name = "doctor",
            Host = "external",
            Status = status,
            Body = page,
            Headers = new Dictionary<string, string>(
                StringComparer.Ordinal) { ["Content-Type"] = page is null ? "application/json" : "text/html" },
        });
        try
        {
            var (exit, findings, text) = await ExamineAsync(gateway.Settings);
            var found = findings.Single(f => f is { Area: "siro", Subject: "acme token" });
            Assert.Contains(what, found.What, StringComparison.Ordinal);
            Assert.Contains(remedy, found.Remedy, StringComparison.Ordinal);
            Assert.True(exit == (status == 429 ? 0 : 1), text);
        }
        finally
        {
            gateway.Emulator.Faults.Clear("doctor");
        }
    }

    [Fact]
    public async Task A_wrong_clock_and_an_app_that_mints_nothing_are_told_with_their_remedies()
    {
        var wrong = TimeProvider.System.GetUtcNow().AddMinutes(10);
        gateway.Emulator.Faults.Add(new FaultRule
        {
            Name = "clock",
            Host = "external",
            Path = "/v1/core/auth/caller-identity",
            Status = 200,
            Body = JsonSerializer.Serialize(new { tokenName = "gateway", organizationId = gateway.Emulator.Default.Id }),
            Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = "application/json",
                ["Date"] = wrong.ToString("r", CultureInfo.InvariantCulture) },
        });
        try
        {
            var (exit, findings, _) = await ExamineAsync(
                With(("Siro:Organizations:acme:OAuth:ClientSecret", "canary-wrong"), ("Siro:Organizations:acme:WebhookSecrets:0", null)));
            Assert.Equal(1, exit);
            Assert.Contains(findings, f => f is { Subject: "acme clock", Verdict: "failure" }
                && f.What.Contains("from Siro's", StringComparison.Ordinal) && f.Remedy!.Contains("NTP", StringComparison.Ordinal));
            Assert.Contains(findings, f => f is { Subject: "acme token", Verdict: "ok" });
            Assert.Contains(findings, f => f is { Subject: "acme OAuth app", Verdict: "failure" }
                && f.Remedy!.Contains("OAuth:ClientSecret", StringComparison.Ordinal));
            Assert.Contains(findings, f => f is { Area: "webhooks", Verdict: "warning" }
                && f.Remedy!.Contains("+ Add Endpoint", StringComparison.Ordinal));
        }
        finally
        {
            gateway.Emulator.Faults.Clear("clock");
        }
    }

    [Fact]
    public async Task Spool_identity_provider_and_collector_are_told_with_their_remedies()
    {
        await using var provider = await GatewayIdentityProvider.StartAsync();
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var (_, right, text) =
            await ExamineAsync(With(("Authentication:Jwt:Authority", provider.Authority), ("Authentication:Jwt:Audience", "siro-gateway"),
            ("Authentication:Jwt:RequireHttpsMetadata", "false"), ("Uploads:SpoolBytes", "900000000000000")));
        Assert.True(right.Any(f => f is { Area: "identity", Subject: "keys", Verdict: "ok", What: "1 published" }), text);
        Assert.Contains(right, f => f is { Area: "spool", Subject: "space", Verdict: "warning" }
            && f.Remedy!.Contains("Uploads:SpoolBytes", StringComparison.Ordinal));

        provider.Answers = false;
        var (exit, wrong, _) = await ExamineAsync(With(
            ("Authentication:Jwt:Authority", provider.Authority), ("Authentication:Jwt:Audience", "siro-gateway"),
            ("Authentication:Jwt:RequireHttpsMetadata", "false"),
            ("Uploads:SpoolDirectory", Path.Combine(file, "spool")), ("Telemetry:OtlpEndpoint", "http://127.0.0.1:1")));
        Assert.Equal(1, exit);
        Assert.Contains(wrong, f => f is { Area: "identity", Verdict: "failure" }
            && f.Remedy!.Contains("/.well-known/openid-configuration", StringComparison.Ordinal));
        Assert.Contains(wrong, f => f is { Area: "spool", Verdict: "failure" } && f.Remedy!.Contains("a volume", StringComparison.Ordinal));
        Assert.Contains(wrong, f => f is { Area: "telemetry", Verdict: "warning" }
            && f.Remedy!.Contains("Telemetry:OtlpEndpoint", StringComparison.Ordinal));
    }

    private Dictionary<string, string?> With(params (string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(gateway.Settings, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return settings;
    }

    private static IEnumerable<string> Secrets(Dictionary<string, string?> settings) =>
        settings.Where(s => s.Key.EndsWith("Token", StringComparison.Ordinal) || s.Key.Contains("Secret", StringComparison.Ordinal)
            || s.Key.Contains("EncryptionKeys", StringComparison.Ordinal)).Select(s => s.Value!);

    internal static async Task<(int Exit, List<Line> CheckResults, string Text)> ExamineAsync(
        Dictionary<string, string?> settings, params string[] arguments)
    {
        await using var doctor = GatewayProcess.Run(settings, arguments.Length == 0 ? ["doctor", "--json"] : arguments);
        var exit = await doctor.WaitForExitAsync(TimeSpan.FromSeconds(90));
        var text = string.Join('\n', doctor.Output);
        var from = text.IndexOf('{', StringComparison.Ordinal);
        Assert.True(from >= 0, text);
        using var json = JsonDocument.Parse(text[from..]);
        return (exit, json.RootElement.GetProperty("findings").Deserialize<List<Line>>(JsonSerializerOptions.Web)!, text);
    }

    internal sealed record Line(string Area, string Subject, string Verdict, string What, string? Remedy);

    private Dictionary<string, string?> WithClientApp(string choice) => new(gateway.Settings, StringComparer.OrdinalIgnoreCase)
    {
        ["Siro:Organizations:acme:Credential"] = choice,
        ["Siro:Organizations:acme:ClientCredentials:TokenAddress"] = new Uri(gateway.Emulator.Auth, "oauth2/token").AbsoluteUri,
        ["Siro:Organizations:acme:ClientCredentials:RevocationAddress"] = new Uri(gateway.Emulator.Auth, "oauth2/revoke").AbsoluteUri,
        ["Siro:Organizations:acme:ClientCredentials:ClientId"] = gateway.Emulator.Default.ClientApp.ClientId,
        ["Siro:Organizations:acme:ClientCredentials:ClientSecret"] = gateway.Emulator.Default.ClientApp.ClientSecret,
    };

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
