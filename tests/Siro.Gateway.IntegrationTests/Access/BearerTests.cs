using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>Bearer tokens of a real provider: good ones pass, every other gets 401 with its reason.</summary>
public sealed class BearerTests(BearerTests.Fixture fixture) : IClassFixture<BearerTests.Fixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public class Fixture : GatewayFixture
    {
        public GatewayIdentityProvider Provider { get; private set; } = null!;

        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            Provider = await GatewayIdentityProvider.StartAsync();
            settings["Authentication:Jwt:Authority"] = Provider.Authority;
            settings["Authentication:Jwt:Audience"] = "siro-gateway";
            settings["Authentication:KeyRefreshInterval"] = "00:00:01";
            settings["Clients:crm:ClientIds:0"] = "crm-app";
            settings["Clients:crm:Permissions:0"] = "external:read";
            settings["Clients:crm:Permissions:1"] = "external:write";
            settings["Clients:byrole:ClientIds:0"] = "role-app";
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (Provider is not null)
            {
                await Provider.DisposeAsync();
            }

            GC.SuppressFinalize(this);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string? token, string path = "/v1/me", Action<HttpRequestMessage>? change = null)
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        }

        change?.Invoke(request);
        return await client.SendAsync(request, Cancel);
    }

    [Theory]
    [InlineData("azp")]
    [InlineData("appid")]
    [InlineData("client_id")]
    [InlineData("sub")]
    public async Task A_client_is_found_by_any_of_its_ids(string claim)
    {
        var token = fixture.Provider.Token("x", change: c =>
        {
            c["azp"] = null;
            c["sub"] = "somebody";
            c[claim] = "crm-app";
        });

        using var response = await SendAsync(token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var me = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("crm", me.RootElement.GetProperty("client").GetString());
        Assert.Equal("acme", me.RootElement.GetProperty("organization").GetString());
        Assert.Equal(
            ["external:read", "external:write"], me.RootElement.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Roles_narrow_a_clients_words_and_never_widen_them()
    {
        using var response = await SendAsync(
            fixture.Provider.Token("crm-app", roles: ["external:read", "admin.of.something", "platform:write"]));

        using var me = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["external:read"], me.RootElement.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task A_client_without_words_of_its_own_has_those_of_its_roles()
    {
        using var response = await SendAsync(fixture.Provider.Token("role-app", roles: ["external:read"]));

        using var me = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["external:read"], me.RootElement.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Other_asymmetric_algorithms_are_taken()
    {
        var ec = GatewayIdentityProvider.SigningKey.Ec();
        var pss = GatewayIdentityProvider.SigningKey.Rsa(algorithm: "PS256");
        fixture.Provider.Publish(ec);
        fixture.Provider.Publish(pss);

        using var first = await SendAsync(fixture.Provider.Token("crm-app", key: ec));
        using var second = await SendAsync(fixture.Provider.Token("crm-app", key: pss));
        using var withoutId = await SendAsync(fixture.Provider.Token("crm-app", header: h => h["kid"] = null));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, withoutId.StatusCode);
    }

    public static TheoryData<string, string> Bad() => new()
    {
        { "expired", "token_expired" },
        { "expired within the skew's reach", "token_expired" },
        { "not yet", "token_not_yet_valid" },
        { "audience", "wrong_audience" },
        { "issuer", "wrong_issuer" },
        { "foreign key, known id", "bad_signature" },
        { "foreign key, unknown id", "bad_signature" },
        { "foreign key, no id", "bad_signature" },
        { "changed", "bad_signature" },
        { "none", "invalid_token" },
        { "none without signature", "invalid_token" },
        { "NONE", "invalid_token" },
        { "hmac with the public key", "invalid_token" },
        { "alg of another family", "bad_signature" },
        { "no exp", "invalid_token" },
        { "exp is text", "invalid_token" },
        { "exp overflows", "invalid_token" },
        { "crit", "invalid_token" },
        { "no json", "invalid_token" },
        { "one part", "invalid_token" },
        { "five parts", "invalid_token" },
        { "empty", "unauthenticated" },
        { "unknown client", "unknown_client" },
        { "huge", "token_too_large" },
        { "very huge", "token_too_large" },
        { "two in one", "invalid_token" },
        { "key in the header", "bad_signature" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_token_is_refused_with_its_reason_and_nothing_reaches_Siro(string kind, string code)
    {
        var since = fixture.Emulator.Journal.Last;

        using var response = await SendAsync(TokenOf(kind), "/external/v1/core/users");

        await GatewayProblem.AssertAsync(response, 401, code);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    private string TokenOf(string kind)
    {
        var provider = fixture.Provider;
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var foreign = GatewayIdentityProvider.SigningKey.Rsa(kind == "foreign key, known id" ? provider.Key.Id : "0000");
        var good = provider.Token("crm-app");
        var parts = good.Split('.');
        return kind switch
        {
            "expired" => provider.Token("crm-app", change: c => c["exp"] = now - 3600),
            "expired within the skew's reach" => provider.Token("crm-app", change: c => c["exp"] = now - 125),
            "not yet" => provider.Token("crm-app", change: c => c["nbf"] = now + 600),
            "audience" => provider.Token("crm-app", audience: "another"),
            "issuer" => provider.Token("crm-app", change: c => c["iss"] = "https://login.example/other"),
            "foreign key, known id" or "foreign key, unknown id" => provider.Token("crm-app", key: foreign),
            "foreign key, no id" => provider.Token("crm-app", key: foreign, header: h => h["kid"] = null),
            "changed" =>
                $"{parts[0]}.{GatewayIdentityProvider.Encode(new { iss = provider.Authority, aud = "siro-gateway", azp = "crm-app", exp = now + 99999 })}.{parts[2]}",
            "none" => $"{GatewayIdentityProvider.Encode(new { alg = "none", typ = "JWT" })}.{parts[1]}.{parts[2]}",
            "none without signature" => $"{GatewayIdentityProvider.Encode(new { alg = "none", typ = "JWT" })}.{parts[1]}.",
            "NONE" => $"{GatewayIdentityProvider.Encode(new { alg = "NoNe", kid = provider.Key.Id })}.{parts[1]}.",
            "hmac with the public key" => provider.Token("crm-app", key: GatewayIdentityProvider.SigningKey.HmacOf(provider.Key)),
            "alg of another family" => provider.Token("crm-app", header: h => h["alg"] = "ES256"),
            "no exp" => provider.Token("crm-app", change: c => c["exp"] = null),
            "exp is text" => provider.Token("crm-app", change: c => c["exp"] = "soon"),
            "exp overflows" => provider.Token("crm-app", change: c => c["exp"] = double.MaxValue),
            "crit" => provider.Token("crm-app", header: h => h["crit"] = new[] { "exp" }),
            "no json" => "aaaa.bbbb.cccc",
            "one part" => "opaque-token",
            "five parts" => good + ".a.b",
            "empty" => "",
            "unknown client" => provider.Token("stranger"),
            "huge" => provider.Token("crm-app", change: c => c["groups"] = new string('g', 20_000)),
            "very huge" => provider.Token("crm-app", change: c => c["groups"] = new string('g', 60_000)),
            "two in one" => good + ", Bearer " + good,
            "key in the header" => provider.Token("crm-app", key: foreign, header: h => h["jwk"] = foreign.Public()),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    [Fact]
    public async Task A_token_is_taken_for_two_minutes_past_its_end()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        using var late = await SendAsync(fixture.Provider.Token("crm-app", change: c => c["exp"] = now - 60));
        using var early = await SendAsync(fixture.Provider.Token("crm-app", change: c => c["nbf"] = now + 60));

        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        Assert.Equal(HttpStatusCode.OK, early.StatusCode);
    }

    [Fact]
    public async Task Two_credentials_are_refused_whatever_they_are()
    {
        var token = fixture.Provider.Token("crm-app");

        using var both = await SendAsync(token, change: r => r.Headers.Add("X-Api-Key", GatewaySettings.AdminKey));
        await GatewayProblem.AssertAsync(both, 401, "both_credentials");

        var raw = await GatewayRawRequest.SendAsync(fixture.Gateway.Address,
            $"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\nConnection: "
            + "close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401", raw, StringComparison.Ordinal);
        Assert.Contains("Siro-Gateway-Error: duplicate_authorization", raw, StringComparison.Ordinal);

        var keys = await GatewayRawRequest.SendAsync(fixture.Gateway.Address,
            $"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nX-Api-Key: "
            + $"{GatewaySettings.AdminKey}\r\nConnection: close\r\n\r\n");
        Assert.Contains("Siro-Gateway-Error: duplicate_authorization", keys, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_scheme_is_no_credential()
    {
        using var client = fixture.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", "dXNlcjpwYXNz");

        using var response = await client.GetAsync("/v1/me", Cancel);

        await GatewayProblem.AssertAsync(response, 401, "unauthenticated");
    }

    [Fact]
    public async Task Keys_rotate_under_load_and_no_valid_caller_is_refused()
    {
        using var client = fixture.CreateClient(apiKey: null);
        var refused = 0;
        var reads = fixture.Provider.KeyReads;
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 8).Select(async worker =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");

                // One of eight is a forger with an unknown key: it must not keep the others from theirs.
                var forger = worker == 7;
                var key = forger ? GatewayIdentityProvider.SigningKey.Rsa() : null;
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + fixture.Provider.Token("crm-app", key: key));
                using var response = await client.SendAsync(request, Cancel);
                if (!forger && response.StatusCode != HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        }).ToArray();

        for (var i = 0; i < 3; i++)
        {
            fixture.Provider.Rotate();
            await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, Cancel);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Equal(0, refused);
        Assert.InRange(fixture.Provider.KeyReads - reads, 1, 6);
    }

    [Fact]
    public async Task A_remembered_token_is_forgotten_when_its_key_is_withdrawn()
    {
        var token = fixture.Provider.Token("crm-app");
        using var before = await SendAsync(token);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        fixture.Provider.Rotate(keepOld: false);
        using var other = await SendAsync(fixture.Provider.Token("crm-app"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        using var after = await SendAsync(token);
        await GatewayProblem.AssertAsync(after, 401, "bad_signature");
    }

    [Fact]
    public async Task Entra_tokens_of_both_versions_are_taken()
    {
        const string Tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        await using var provider = await GatewayIdentityProvider.StartAsync();
        provider.Issuer = $"https://login.microsoftonline.com/{Tenant}/v2.0";
        await using var gateway = await fixture.StartInProcessAsync(
            customize: null,
            ("Authentication:Jwt:Authority", null),
            ("Authentication:AzureAd:Instance", provider.Authority + "/"),
            ("Authentication:AzureAd:TenantId", Tenant),
            ("Authentication:AzureAd:ClientId", "11111111-2222-3333-4444-555555555555"));
        using var client = gateway.CreateClient(apiKey: null);

        async Task<HttpStatusCode> StatusAsync(string issuer, string audience)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
            request.Headers.TryAddWithoutValidation(
                "Authorization", "Bearer " + provider.Token("crm-app", audience, change: c => c["iss"] = issuer));
            using var response = await client.SendAsync(request, Cancel);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(provider.Issuer, "11111111-2222-3333-4444-555555555555"));
        Assert.Equal(
            HttpStatusCode.OK, await StatusAsync($"https://sts.windows.net/{Tenant}/", "api://11111111-2222-3333-4444-555555555555"));
        Assert.Equal(HttpStatusCode.Unauthorized,
            await StatusAsync(
            "https://sts.windows.net/00000000-86f1-41af-91ab-2d7cd011db47/", "api://11111111-2222-3333-4444-555555555555"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(provider.Issuer, "api://other"));
    }

    [Fact]
    public async Task Without_a_provider_tokens_wait_and_keys_still_open()
    {
        await using var provider = await GatewayIdentityProvider.StartAsync();
        provider.Answers = false;
        await using var gateway = await fixture.StartInProcessAsync(customize: null, ("Authentication:Jwt:Authority", provider.Authority));
        using var client = gateway.CreateClient();
        using var byKey = await client.GetAsync("/v1/me", Cancel);
        Assert.Equal(HttpStatusCode.OK, byKey.StatusCode);

        using var anonymous = gateway.CreateClient(apiKey: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + provider.Token("crm-app"));
        using var byToken = await anonymous.SendAsync(request, Cancel);
        await GatewayProblem.AssertAsync(byToken, 503, "identity_provider_unavailable");

        provider.Answers = true;
        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        again.Headers.TryAddWithoutValidation("Authorization", "Bearer " + provider.Token("crm-app"));
        using var recovered = await anonymous.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.OK, recovered.StatusCode);
    }

    [Fact]
    public async Task Known_keys_go_on_working_while_the_provider_is_away_through_a_reload_too()
    {
        await using var provider = await GatewayIdentityProvider.StartAsync();
        await using var gateway = await fixture.StartInProcessAsync(customize: null, ("Authentication:Jwt:Authority", provider.Authority));
        using var client = gateway.CreateClient(apiKey: null);
        async Task<HttpResponseMessage> CallAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            return await client.SendAsync(request, Cancel);
        }

        var seen = provider.Token("crm-app");
        using var before = await CallAsync(seen);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        provider.Answers = false;
        gateway.Change(("Clients:crm:Permissions:1", null));
        using var again = await CallAsync(seen);
        using var other = await CallAsync(provider.Token("crm-app"));

        using var me = JsonDocument.Parse(await again.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["external:read"], me.RootElement.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_client_that_is_taken_out_is_out_at_once_though_its_token_is_remembered()
    {
        await using var gateway = await fixture.StartInProcessAsync();
        using var client = gateway.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + fixture.Provider.Token("crm-app"));
        using var before = await client.GetAsync("/v1/me", Cancel);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        gateway.Change(("Clients:crm:ClientIds:0", "another-app"));
        using var after = await client.GetAsync("/v1/me", Cancel);

        await GatewayProblem.AssertAsync(after, 401, "unknown_client");
    }

    [Fact]
    public async Task Another_audience_counts_from_the_next_call_on()
    {
        await using var gateway = await fixture.StartInProcessAsync();
        using var client = gateway.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + fixture.Provider.Token("crm-app"));
        using var before = await client.GetAsync("/v1/me", Cancel);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        gateway.Change(("Authentication:Jwt:Audience", "another"));
        using var after = await client.GetAsync("/v1/me", Cancel);

        await GatewayProblem.AssertAsync(after, 401, "wrong_audience");
    }
}
