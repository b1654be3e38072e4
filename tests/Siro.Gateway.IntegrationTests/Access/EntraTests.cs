using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>
/// Callers from Entra ID, played by oauth2-mock-server over TLS: what its tokens look like, and which of them are accepted.
/// </summary>
public sealed class EntraTests(EntraTests.Fixture fixture) : IClassFixture<EntraTests.Fixture>
{
    private const string Tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    private const string OtherTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
    private const string ThirdTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    private const string GatewayId = "11111111-2222-3333-4444-555555555555";
    private const string Crm = "99999999-8888-7777-6666-555555555555";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public sealed class Fixture : GatewayFixture
    {
        private Entra? _entra;

        protected override bool StartsGateway => false;

        /// <summary>Started by the first test that can have it.</summary>
        public async Task<Entra> EntraAsync() => _entra ??= await Entra.StartAsync(
            this, $"/{Tenant}/v2.0", issuer: null, ("Authentication:AzureAd:TenantId", Tenant));

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Authentication:AzureAd:ClientId"] = GatewayId;
            settings["Clients:crm:ClientIds:0"] = Crm;
            settings["Clients:crm:Permissions:0"] = "external:read";
            settings["Clients:crm:Permissions:1"] = "external:write";
            return Task.CompletedTask;
        }

        public override async ValueTask DisposeAsync()
        {
            if (_entra is not null)
            {
                await _entra.DisposeAsync();
            }

            await base.DisposeAsync();
        }
    }

    /// <summary>A provider and a gateway that trusts its authority.</summary>
    public sealed class Entra(MockOidcProvider provider, GatewayProcess gateway) : IAsyncDisposable
    {
        public MockOidcProvider Provider => provider;

        /// <summary>The issuer of the tenant's v2 tokens.</summary>
        public string Issuer => new Uri(provider.Address, $"{Tenant}/v2.0").AbsoluteUri;

        public static async Task<Entra> StartAsync(
            GatewayFixture fixture, string path, string? issuer, params (string Key, string? Value)[] changes)
        {
            var provider = await MockOidcProvider.StartAsync(path, issuer);
            var gateway = await fixture.StartProcessAsync(
                [("Authentication:AzureAd:Instance", provider.Address.AbsoluteUri), ("SSL_CERT_FILE", provider.AuthorityFile), .. changes]);
            return new Entra(provider, gateway);
        }

        public Task<HttpResponseMessage> CallAsync(Dictionary<string, object?> claims, Dictionary<string, object?>? header = null) =>
            EntraTests.CallAsync(gateway, provider, claims, header);

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await provider.DisposeAsync();
        }
    }

    /// <summary>As Entra issues it to a daemon by client credentials.</summary>
    private static Dictionary<string, object?> V2(string issuer, string tenant = Tenant, string client = Crm) => new(StringComparer.Ordinal)
    {
        ["iss"] = issuer, ["aud"] = GatewayId, ["azp"] = client, ["azpacr"] = "1", ["oid"] = "5d3f", ["sub"] = "5d3f", ["tid"] = tenant,
        ["ver"] = "2.0",
    };

    private static Dictionary<string, object?> V1(string tenant = Tenant) => new(StringComparer.Ordinal)
    {
        ["iss"] = $"https://sts.windows.net/{tenant}/", ["aud"] = "api://" + GatewayId, ["appid"] = Crm, ["appidacr"] = "1",
        ["idp"] = $"https://sts.windows.net/{tenant}/", ["oid"] = "5d3f", ["sub"] = "5d3f", ["tid"] = tenant, ["ver"] = "1.0",
    };

    [Fact]
    public async Task Tokens_of_both_versions_are_taken()
    {
        var entra = await fixture.EntraAsync();

        using var v2 = await entra.CallAsync(V2(entra.Issuer));
        using var v1 = await entra.CallAsync(V1());

        Assert.Equal("crm", (await MeAsync(v2)).GetProperty("client").GetString());
        Assert.Equal("crm", (await MeAsync(v1)).GetProperty("client").GetString());
    }

    [Fact]
    public async Task A_daemon_without_roles_has_its_clients_permissions()
    {
        var entra = await fixture.EntraAsync();

        using var response = await entra.CallAsync(V2(entra.Issuer));

        Assert.Equal(["external:read", "external:write"], Permissions(await MeAsync(response)));
    }

    [Fact]
    public async Task App_roles_narrow_its_permissions()
    {
        var entra = await fixture.EntraAsync();
        var claims = V2(entra.Issuer);
        claims["roles"] = new[] { "external:read", "platform:write" };

        using var response = await entra.CallAsync(claims);

        Assert.Equal(["external:read"], Permissions(await MeAsync(response)));
    }

    [Fact]
    public async Task A_daemon_that_is_no_client_is_refused_whatever_its_roles()
    {
        var entra = await fixture.EntraAsync();
        var claims = V2(entra.Issuer, client: "00000000-8888-7777-6666-555555555555");
        claims["roles"] = new[] { "admin" };

        using var response = await entra.CallAsync(claims);

        await GatewayProblem.AssertAsync(response, 401, "unknown_client");
    }

    [Fact]
    public async Task A_guests_token_is_the_tenants_that_it_visits()
    {
        var entra = await fixture.EntraAsync();
        var guest = V1();
        guest["idp"] = $"https://sts.windows.net/{OtherTenant}/";
        guest["scp"] = "access";
        guest["unique_name"] = "live.com#someone@example.com";
        var impostor = V1(OtherTenant);
        impostor["idp"] = $"https://sts.windows.net/{Tenant}/";

        using var taken = await entra.CallAsync(guest);
        using var refused = await entra.CallAsync(impostor);

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        await GatewayProblem.AssertAsync(refused, 401, "wrong_issuer");
    }

    [Fact]
    public async Task Another_tenants_token_is_refused_in_both_versions()
    {
        var entra = await fixture.EntraAsync();

        using var v2 = await entra.CallAsync(V2(entra.Issuer.Replace(Tenant, OtherTenant, StringComparison.Ordinal), OtherTenant));
        using var v1 = await entra.CallAsync(V1(OtherTenant));

        await GatewayProblem.AssertAsync(v2, 401, "wrong_issuer");
        await GatewayProblem.AssertAsync(v1, 401, "wrong_issuer");
    }

    [Theory]
    [InlineData("x5t#S256")]
    [InlineData("jkt")]
    [InlineData("jwk")]
    public async Task A_token_bound_to_a_certificate_or_key_is_refused(string confirmation)
    {
        var entra = await fixture.EntraAsync();
        var claims = V2(entra.Issuer);
        claims["cnf"] = new Dictionary<string, string>(
            StringComparer.Ordinal) { [confirmation] = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" };

        using var response = await entra.CallAsync(claims);

        var problem = await GatewayProblem.AssertAsync(response, 401, "invalid_token");
        Assert.Contains("cnf", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JWT", true)]
    [InlineData("at+jwt", true)]
    [InlineData("application/at+jwt", true)]
    [InlineData(null, true)]
    [InlineData("logout+jwt", false)]
    [InlineData("dpop+jwt", false)]
    [InlineData("secevent+jwt", false)]
    public async Task A_token_made_for_something_else_is_refused_by_its_type(string? type, bool taken)
    {
        var entra = await fixture.EntraAsync();

        using var response = await entra.CallAsync(V2(entra.Issuer), new(StringComparer.Ordinal) { ["typ"] = type });

        if (taken)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await GatewayProblem.AssertAsync(response, 401, "invalid_token");
        }
    }

    [Fact]
    public async Task Several_tenants_are_taken_where_they_are_named_and_no_other()
    {
        const string Template = "https://login.partner.example/{tenantid}/v2.0";
        await using var entra = await Entra.StartAsync(
            fixture,
            "/organizations/v2.0",
            Template,
            ("Authentication:AzureAd:TenantId", "organizations"),
            ("Authentication:AzureAd:AllowedTenants:0", Tenant),
            ("Authentication:AzureAd:AllowedTenants:1", OtherTenant.ToUpperInvariant()));
        string IssuerOf(string tenant) => Template.Replace("{tenantid}", tenant, StringComparison.Ordinal);

        using var first = await entra.CallAsync(V2(IssuerOf(Tenant)));
        using var second = await entra.CallAsync(V2(IssuerOf(OtherTenant), OtherTenant));
        using var secondV1 = await entra.CallAsync(V1(OtherTenant));
        using var third = await entra.CallAsync(V2(IssuerOf(ThirdTenant), ThirdTenant));
        using var thirdV1 = await entra.CallAsync(V1(ThirdTenant));
        using var literal = await entra.CallAsync(V2(Template, ThirdTenant));

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], new[] { first, second, secondV1 }.Select(r => r.StatusCode));
        await GatewayProblem.AssertAsync(third, 401, "wrong_issuer");
        await GatewayProblem.AssertAsync(thirdV1, 401, "wrong_issuer");
        await GatewayProblem.AssertAsync(literal, 401, "wrong_issuer");
    }

    [Fact]
    public async Task Any_provider_serves_over_TLS_when_its_authority_is_trusted_and_only_then()
    {
        await using var provider = await MockOidcProvider.StartAsync();
        var authority = provider.Address.AbsoluteUri.TrimEnd('/');
        (string, string?)[] settings = [("Authentication:AzureAd:ClientId", null), ("Authentication:Jwt:Authority", authority),
            ("Authentication:Jwt:Audience", "api://siro")];
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal) { ["aud"] = "api://siro", ["client_id"] = Crm, ["sub"] = "x" };
        await using var trusting = await fixture.StartProcessAsync([("SSL_CERT_FILE", provider.AuthorityFile), .. settings]);
        await using var wary = await fixture.StartProcessAsync(settings);

        using var taken = await CallAsync(trusting, provider, claims);
        using var refused = await CallAsync(wary, provider, claims);

        Assert.Equal("crm", (await MeAsync(taken)).GetProperty("client").GetString());
        await GatewayProblem.AssertAsync(refused, 503, "identity_provider_unavailable");
    }

    private static async Task<HttpResponseMessage> CallAsync(
        GatewayProcess gateway, MockOidcProvider provider, Dictionary<string, object?> claims, Dictionary<string, object?>? header = null)
    {
        using var client = gateway.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + await provider.SignAsync(claims, header));
        return await client.GetAsync("/v1/me", Cancel);
    }

    private static async Task<JsonElement> MeAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static IEnumerable<string?> Permissions(JsonElement me) =>
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString());
}
