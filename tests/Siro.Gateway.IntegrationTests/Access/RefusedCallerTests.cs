using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>
/// Callers who are not known, may not, or ask for somebody else: each refused with its code, and Siro hears nothing of it.
/// </summary>
public sealed class RefusedCallerTests(RefusedCallerTests.Fixture fixture) : IClassFixture<RefusedCallerTests.Fixture>
{
    private const string ChooserKey = "sgw_test-chooser-000000000000000000000000000000";
    private const string MailKey = "sgw_test-mail-000000000000000000000000000000000";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Siro:Organizations:other:OrganizationToken"] = "siroorg_other";
            GatewaySettings.Client(settings, "chooser", ChooserKey, ["external:read", "platform:read"], organization: "*");
            GatewaySettings.Client(settings, "mail", MailKey, ["external:read", "platform:read"], users: ["REP2@example.com"]);
            settings["Clients:mail:DefaultUser"] = "rep3@example.com";
            return Task.CompletedTask;
        }
    }

    private async Task RefusedAsync(
        HttpMethod method, string path, string? key, int status, string code, params (string Name, string Value)[] headers)
    {
        var since = fixture.Emulator.Journal.Last;
        using var client = fixture.CreateClient(key);
        using var request = new HttpRequestMessage(method, path + "?probe=1");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, Cancel);

        await GatewayProblem.AssertAsync(response, status, code);

        // Looking an email up is the gateway's own doing and has no such query.
        Assert.DoesNotContain(fixture.Emulator.Journal.Read(since), e => e.Query.Contains("probe", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/external/v1/core/users")]
    [InlineData("/platform/v1/core/recordings")]
    [InlineData("/internal/v1/core/conversation-configurations")]
    [InlineData("/v1/me")]
    public async Task Without_a_credential_nobody_enters(string path)
    {
        await RefusedAsync(HttpMethod.Get, path, null, 401, "unauthenticated");
        await RefusedAsync(HttpMethod.Get, path, "sgw_unknown", 401, "unknown_api_key");
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.HashOf(GatewaySettings.AdminKey), 401, "unknown_api_key");
        await RefusedAsync(HttpMethod.Get, path, new string('k', 5000), 401, "unknown_api_key");
        await RefusedAsync(HttpMethod.Get, path, null, 401, "unauthenticated", ("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"));
        await RefusedAsync(HttpMethod.Get, path, null, 401, "unauthenticated", ("x-siro-auth-token", fixture.Emulator.Default.Token));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.AdminKey, 401, "both_credentials", ("Authorization", "Bearer x"));
    }

    [Theory]
    [InlineData("GET", "/external/v1/core/users", GatewaySettings.NobodyKey, "external:read")]
    [InlineData("GET", "/platform/v1/core/recordings", GatewaySettings.NobodyKey, "platform:read")]
    [InlineData("GET", "/internal/v1/core/conversation-configurations", GatewaySettings.NobodyKey, "platform:read")]
    [InlineData("PUT", "/external/v1/integrations/sync/engagements", GatewaySettings.ReaderKey, "external:write")]
    [InlineData("POST", "/platform/v1/core/recordings/signed-urls", GatewaySettings.ReaderKey, "platform:write")]
    [InlineData("POST", "/external/v1/core/oauth/apps", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("POST", "/external/v1/core/oauth/apps/abc/access-token", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("POST", "/external/v1/Core/OAuth/apps/abc/access-token/", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("DELETE", "/external/v1/core/organizations/abc", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("POST", "/external/v1/core/users", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("POST", "/external/v9/new/operation", GatewaySettings.WriterKey, "external:admin")]
    [InlineData("GET", "/platform/v1/invoices/line-items", GatewaySettings.WriterKey, "admin")]
    [InlineData("GET", "/platform/v1/LICENSES/remaining/", GatewaySettings.WriterKey, "admin")]
    [InlineData("GET", "/platform/v1/%6cicenses/remaining", GatewaySettings.WriterKey, "admin")]
    [InlineData("GET", "/internal/v1/licenses/remaining", GatewaySettings.WriterKey, "admin")]
    [InlineData("POST", "/platform/v1/portal/session", GatewaySettings.WriterKey, "admin")]
    [InlineData("DELETE", "/platform/v1/unknown", GatewaySettings.WriterKey, "admin")]
    public async Task An_operation_asks_for_its_permission(string method, string path, string key, string permission)
    {
        var since = fixture.Emulator.Journal.Last;
        using var client = fixture.CreateClient(key);
        using var request = new HttpRequestMessage(new HttpMethod(method),
            new Uri(fixture.Gateway.Address,
            new Uri(path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }).OriginalString));

        using var response = await client.SendAsync(request, Cancel);

        var problem = await GatewayProblem.AssertAsync(response, 403, "permission_missing");
        Assert.Equal(permission, problem.GetProperty("permission").GetString());
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    [Theory]
    [InlineData("/external/v1/core/users")]
    [InlineData("/platform/v1/core/recordings")]
    [InlineData("/internal/v1/core/conversation-configurations")]
    public async Task A_user_that_the_client_may_not_act_for_is_forbidden_on_every_host(string path)
    {
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.ReaderKey, 403, "user_forbidden", ("Siro-User", fixture.Users[0]));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.WriterKey, 403, "user_forbidden", ("Siro-User", fixture.Users[0]));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.WriterKey, 403, "user_forbidden", ("Siro-User", "rep1@example.com"));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.WriterKey, 403, "user_forbidden", ("Siro-User", "nobody@example.com"));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.AdminKey, 403, "user_forbidden", ("Siro-User", "nobody@example.com"));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.AdminKey, 403, "user_forbidden", ("Siro-User", "../x"));
        await RefusedAsync(HttpMethod.Get, path, GatewaySettings.AdminKey, 403, "user_forbidden", ("Siro-User", "*"));
    }

    [Theory]
    [InlineData("rep2@example.com")]
    [InlineData("Rep2@Example.Com")]
    [InlineData(null)]
    public async Task A_user_is_the_same_by_id_and_by_email(string? named)
    {
        using var client = fixture.CreateClient(MailKey);
        client.DefaultRequestHeaders.Add("Siro-User", named ?? fixture.Users[1]);

        using var response = await client.GetAsync("/platform/v1/core/recordings", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(fixture.Users[1], fixture.Emulator.Journal.Read(path: "/v1/core/recordings")[^1].UserId);
    }

    [Fact]
    public async Task A_default_user_may_be_an_email()
    {
        using var client = fixture.CreateClient(MailKey);

        using var response = await client.GetAsync("/platform/v1/core/recordings", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(fixture.Users[2], fixture.Emulator.Journal.Read(path: "/v1/core/recordings")[^1].UserId);
    }

    [Fact]
    public async Task An_organization_is_the_clients_own_or_one_it_may_choose()
    {
        await RefusedAsync(HttpMethod.Get, "/external/v1/core/users", GatewaySettings.ReaderKey, 403, "organization_forbidden",
            ("Siro-Organization", "other"));
        await RefusedAsync(HttpMethod.Get, "/external/v1/core/users", GatewaySettings.ReaderKey, 403, "organization_forbidden",
            ("Siro-Organization", "unknown"));
        await RefusedAsync(HttpMethod.Get, "/external/v1/core/users", ChooserKey, 400, "organization_required");
        await RefusedAsync(
            HttpMethod.Get, "/external/v1/core/users", ChooserKey, 400, "unknown_organization", ("Siro-Organization", "unknown"));
        await RefusedAsync(
            HttpMethod.Get, "/platform/v1/core/recordings", ChooserKey, 400, "user_required", ("Siro-Organization", "other"));

        var since = fixture.Emulator.Journal.Last;
        using var client = fixture.CreateClient(ChooserKey);
        client.DefaultRequestHeaders.Add("Siro-Organization", "ACME");
        using var response = await client.GetAsync("/external/v1/core/users", Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            "Bearer " + fixture.Emulator.Default.Token, Assert.Single(fixture.Emulator.Journal.Read(since)).Header("Authorization"));
    }

    [Theory]
    [InlineData("Siro-Organization", "acme")]
    [InlineData("Siro-User", "a")]
    [InlineData("Idempotency-Key", "a")]
    [InlineData("Prefer", "respond-async")]
    public async Task A_header_of_the_gateway_comes_once(string name, string value)
    {
        var answer = await GatewayRawRequest.SendAsync(fixture.Gateway.Address,
            $"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\n{name}: {value}\r\n{name}: "
            + $"{value}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("Siro-Gateway-Error: duplicate_header", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("get")]
    public async Task A_method_that_the_gateway_does_not_know_is_refused(string method)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.SendAsync(fixture.Gateway.Address,
            $"{method} /external/v1/core/users HTTP/1.1\r\nHost: x\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: "
            + "close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 405", answer, StringComparison.Ordinal);
        Assert.Empty(fixture.Emulator.Journal.Read(since));
    }

    [Fact]
    public async Task A_web_socket_is_not_passed_on()
    {
        var answer = await GatewayRawRequest.SendAsync(
            fixture.Gateway.Address,
            $"GET /external/v1/core/users HTTP/1.1\r\nHost: x\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nConnection: Upgrade, "
                + "close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        Assert.Contains("Siro-Gateway-Error: upgrade_not_supported", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_too()
    {
        await RefusedAsync(HttpMethod.Get, "/nothing", GatewaySettings.AdminKey, 404, "not_found");
        await RefusedAsync(HttpMethod.Delete, "/v1/me", GatewaySettings.AdminKey, 405, "method_not_allowed");
    }

    [Fact]
    public async Task A_client_is_changed_without_a_restart_and_an_error_leaves_the_old_one()
    {
        await using var gateway = await fixture.StartInProcessAsync();
        using var client = gateway.CreateClient("sgw_new-key");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/me", Cancel)).StatusCode);

        gateway.Change(("Clients:reader:ApiKeyHashes:1", GatewaySettings.HashOf("sgw_new-key")));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/me", Cancel)).StatusCode);

        gateway.Change(("Clients:reader:Permissions:0", "external:everything"));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/external/v1/core/users", Cancel)).StatusCode);
        Assert.Contains(gateway.Log, l => l.Contains("[1102]", StringComparison.Ordinal)
            && l.Contains("Clients:reader:Permissions:0", StringComparison.Ordinal));
    }
}
