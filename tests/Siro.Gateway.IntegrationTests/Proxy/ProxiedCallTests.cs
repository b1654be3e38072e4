using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>Calls that pass through the gateway, seen from both ends.</summary>
public sealed class ProxiedCallTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    /// <summary>Everything that Siro may see of a request, whoever sent it; the credential and the User-Agent are the gateway's.</summary>
    private static readonly string[] Allowed =
    [
        "Host", "User-Agent", "Authorization", "x-siro-auth-token", "Accept", "Accept-Encoding", "Accept-Language", "Content-Type",
        "Content-Encoding", "Content-Language",
        "Content-Length", "Transfer-Encoding", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task External_gets_the_organization_token_and_nothing_else()
    {
        var since = fixture.Emulator.Journal.Last;
        using var client = fixture.CreateClient(GatewaySettings.ReaderKey);

        using var response = await client.GetAsync("/external/v1/core/users?disabled=false", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = Assert.Single(fixture.Emulator.Journal.Read(since));
        Assert.Equal(SiroHost.External, entry.Host);
        Assert.Equal("Bearer " + fixture.Emulator.Default.Token, entry.Header("Authorization"));
        Assert.Null(entry.Header("x-siro-auth-token"));
        Assert.EndsWith("/v1/core/users?disabled=false", entry.RawTarget, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("platform")]
    [InlineData("internal")]
    public async Task Platform_and_internal_get_the_acting_users_token_and_nothing_else(string prefix)
    {
        using var client = fixture.CreateClient(GatewaySettings.ReaderKey);

        using var response = await client.GetAsync(
            $"/{prefix}/v1/core/conversation-configurations?organizationId={fixture.Emulator.Default.Id}", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = fixture.Emulator.Journal.Read(path: "/v1/core/conversation-configurations")[^1];
        Assert.Equal(prefix, entry.Host.ToString().ToLowerInvariant());
        Assert.Equal(fixture.Users[0], entry.UserId);
        Assert.StartsWith("sirouser_r_", entry.Header("x-siro-auth-token"), StringComparison.Ordinal);
        Assert.Null(entry.Header("Authorization"));
    }

    [Fact]
    public async Task A_write_goes_with_a_write_token_of_the_named_user()
    {
        using var client = fixture.CreateClient(GatewaySettings.WriterKey);
        client.DefaultRequestHeaders.Add("Siro-User", fixture.Users[1]);

        using var response = await client.PostAsJsonAsync(
            "/platform/v1/core/recordings/signed-urls", new { fileType = "mp3", fileSize = 10 }, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = fixture.Emulator.Journal.Read(path: "/v1/core/recordings/signed-urls")[^1];
        Assert.Equal(fixture.Users[1], entry.UserId);
        Assert.StartsWith("sirouser_w_", entry.Header("x-siro-auth-token"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("external", "/v1/core/users")]
    [InlineData("platform", "/v1/core/recordings")]
    [InlineData("internal", "/v1/core/conversation-configurations")]
    public async Task Nothing_of_a_caller_beyond_the_list_reaches_Siro(string prefix, string path)
    {
        using var client = fixture.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{prefix}{path}?organizationId={fixture.Emulator.Default.Id}");
        foreach (var (name, value) in new[]
        {
            ("Cookie", "session=canary"), ("x-siro-auth-token", "canary"), ("X-Forwarded-For", "canary"), ("X-Forwarded-Host", "canary"),
            ("X-Forwarded-Proto", "canary"),
            ("Forwarded", "for=canary"), ("X-Real-IP", "canary"), ("Origin", "https://canary.example"),
            ("Referer", "https://canary.example"), ("baggage", "canary=1"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "canary=1"),
            ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/canary"),
            ("X-Rewrite-URL", "/canary"), ("Proxy-Authorization", "Basic canary"), ("TE", "trailers"), ("Via", "1.1 canary"),
            ("User-Agent", "canary"), ("X-Anything", "canary"),
            ("Siro-Organization", "acme"), ("Siro-User", fixture.Users[0]), ("Idempotency-Key", "canary"), ("Prefer", "respond-async"),
            ("Expect-CT", "canary"),
            ("Accept", "application/json"), ("Accept-Language", "de"), ("If-None-Match", "\"etag\""), ("Authorization2", "canary"),
            ("DNT", "1"), ("Sec-Fetch-Mode", "canary"),
        })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, Cancel);

        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        var entry = fixture.Emulator.Journal.Read(path: path)[^1];
        Assert.All(entry.Headers, h => Assert.Contains(h.Key, Allowed, StringComparer.OrdinalIgnoreCase));
        Assert.DoesNotContain(entry.Headers, h => h.Value.Contains("canary", StringComparison.OrdinalIgnoreCase)
            || h.Value.Contains(GatewaySettings.AdminKey, StringComparison.Ordinal));
        Assert.Equal("de", entry.Header("Accept-Language"));
        Assert.Equal("\"etag\"", entry.Header("If-None-Match"));
    }

    [Fact]
    public async Task A_header_that_Connection_names_stays_behind()
    {
        var since = fixture.Emulator.Journal.Last;
        await GatewayRawRequest.SendAsync(
            fixture.Gateway.Address,
            $"GET /external/v1/core/users HTTP/1.0\r\nHost: x\r\nX-Api-Key: {GatewaySettings.AdminKey}\r\nAccept-Language: "
                + "de\r\nIf-Match: \"a\"\r\nConnection: x-other, accept-language\r\n\r\n");

        var entry = Assert.Single(fixture.Emulator.Journal.Read(since));
        Assert.Null(entry.Header("accept-language"));
        Assert.Equal("\"a\"", entry.Header("If-Match"));
    }

    [Theory]
    [InlineData("/external/v1/integrations/accounts/a%20b%3Ac%2Bd%C3%A4'(1)?x=%2F..%2F&y=a+b&z[]=1&q={\"a\":1}")]
    [InlineData("/external/v1/core/users/")]
    [InlineData("/external/v1/core/users?")]
    [InlineData("/external/v1/core/users/%E4%BD%A0~-_.!$&'()*,;=:@")]
    public async Task The_rest_of_the_path_arrives_byte_for_byte(string target)
    {
        var since = fixture.Emulator.Journal.Last;

        var answer = await GatewayRawRequest.GetAsync(fixture.Gateway.Address, target);

        Assert.DoesNotContain("Siro-Gateway-Error", answer, StringComparison.Ordinal);
        var entry = Assert.Single(fixture.Emulator.Journal.Read(since));
        Assert.Equal(fixture.Emulator.External.AbsolutePath + target["/external/".Length..], entry.RawTarget);
    }

    [Fact]
    public async Task Siros_errors_pass_as_they_are()
    {
        using var client = fixture.CreateClient();

        using var unrouted = await client.GetAsync("/platform/v9/nothing", Cancel);

        Assert.Equal(HttpStatusCode.NotFound, unrouted.StatusCode);
        Assert.Equal("{\"code\":404,\"message\":\"The current request is not defined by this API.\"}",
            await unrouted.Content.ReadAsStringAsync(Cancel));
        Assert.False(unrouted.Headers.Contains("Siro-Gateway-Error"));
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(65_536, false)]
    [InlineData(65_537, false)]
    [InlineData(1_000_000, false)]
    [InlineData(1_000_000, true)]
    public async Task A_body_arrives_whole_and_unchanged(int size, bool chunked)
    {
        var since = fixture.Emulator.Journal.Last;
        var body = Encoding.ASCII.GetBytes("{\"text\":\"" + new string('x', size - 11) + "\"}");
        using var client = fixture.CreateClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Put, "/external/v1/integrations/briefs") { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
        if (chunked)
        {
            request.Headers.TransferEncodingChunked = true;
        }

        using var response = await client.SendAsync(request, Cancel);

        Assert.False(response.Headers.Contains("Siro-Gateway-Error"));
        var entry = Assert.Single(fixture.Emulator.Journal.Read(since));
        Assert.Equal(body.Length, entry.BodyLength);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), entry.BodySha256);
        Assert.Equal("application/json; charset=utf-8", entry.Header("Content-Type"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused(bool declared)
    {
        await using var gateway = await fixture.StartInProcessAsync(customize: null, ("Proxy:MaxBodyBytes", "100000"));
        using var client = gateway.CreateClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Put, "/external/v1/integrations/briefs") { Content = new ByteArrayContent(new byte[100_001]) };
        request.Headers.TransferEncodingChunked = !declared;

        using var response = await client.SendAsync(request, Cancel);

        await GatewayProblem.AssertAsync(response, 413, "body_too_large");
    }

    [Fact]
    public async Task Me_tells_the_caller_who_it_is()
    {
        using var client = fixture.CreateClient(GatewaySettings.WriterKey);
        client.DefaultRequestHeaders.Add("Siro-User", fixture.Users[1]);

        using var me = JsonDocument.Parse(await client.GetStringAsync("/v1/me", Cancel));

        Assert.Equal("writer", me.RootElement.GetProperty("client").GetString());
        Assert.Equal("acme", me.RootElement.GetProperty("organization").GetString());
        Assert.Equal(fixture.Users[1], me.RootElement.GetProperty("actingUser").GetString());
        Assert.Contains("sync:write", me.RootElement.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Every_call_leaves_one_line_of_audit_without_path_query_or_credential()
    {
        using var client = fixture.CreateClient();

        using var response = await client.GetAsync("/external/v1/core/users/canary-id?email=canary%40example.com", Cancel);

        var line =
            await Until.GetAsync(() => Task.FromResult(fixture.Gateway.Log.LastOrDefault(l => l.Contains("[1601]", StringComparison.Ordinal)
            && l.Contains("users/{id}", StringComparison.Ordinal))), "the call is in the audit");
        Assert.Contains($"admin acme {fixture.Users[0]} external GET /v1/core/users/{{id}} 404 in=0 out=", line, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Gateway.Log, l => l.Contains("canary", StringComparison.Ordinal)
            || l.Contains(GatewaySettings.AdminKey, StringComparison.Ordinal)
            || l.Contains(fixture.Emulator.Default.Token, StringComparison.Ordinal));
    }
}
