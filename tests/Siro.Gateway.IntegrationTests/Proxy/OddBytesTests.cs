using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>Bytes that are no ASCII, and callers whose errors must not become Siro's.</summary>
public sealed class OddBytesTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The breaker took these for failures of Siro's: twenty in ten seconds, and everybody else got 503.</summary>
    [Fact]
    public async Task Callers_errors_never_take_Siro_away_from_others()
    {
        await using var siro = new GatewayRawUpstream(c => c.AnswerAsync("200 OK"));
        Use(siro.Address);
        for (var i = 0; i < 25; i++)
        {
            var header = await RawAsync("GET", "If-None-Match: \"\u00fc\"\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 400", header, StringComparison.Ordinal);
            Assert.Contains("\"code\":\"invalid_header\"", header, StringComparison.Ordinal);
            Assert.Contains("\"field\":\"If-None-Match\"", header, StringComparison.Ordinal);

            var chunk = await RawAsync(
                "POST", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nnonsense\r\n");
            Assert.StartsWith("HTTP/1.1 400", chunk, StringComparison.Ordinal);
            Assert.Contains("\"code\":\"bad_request\"", chunk, StringComparison.Ordinal);
        }

        using var client = fixture.CreateClient();
        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Chunked_bodies_beyond_the_limit_never_take_Siro_away_from_others()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            var head = await c.ReadHeadAsync();
            if (head.StartsWith("POST", StringComparison.Ordinal))
            {
                await c.EndAsync();
                return;
            }

            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            await c.EndAsync();
        });
        Use(siro.Address);
        fixture.Gateway.Change(("Proxy:MaxBodyBytes", "65536"));
        using var client = fixture.CreateClient();
        for (var i = 0; i < 25; i++)
        {
            using var content = new StreamContent(new MemoryStream(new byte[200_000]));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/external/v1/core/users") { Content = content };
            request.Headers.TransferEncodingChunked = true;
            using var refused = await client.SendAsync(request, Cancel);
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        fixture.Gateway.Change(("Proxy:MaxBodyBytes", null));
        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Siro had done the work, and the caller was told that it could not be reached.</summary>
    [Theory]
    [InlineData("Content-Disposition: attachment; filename=\"\u00fcber.mp3\"")]
    [InlineData("Content-Disposition: attachment; filename=\"\u00c3\u00bcber.mp3\"")]
    [InlineData("Location: /\u00c3\u00bc")]
    [InlineData("ETag: \"\u00ff\u0080\"")]
    [InlineData("X-Name: \u00e2\u0082\u00ac")]
    public async Task Siros_bytes_above_ASCII_pass_as_they_came(string header)
    {
        await using var siro = new GatewayRawUpstream(c => c.AnswerAsync("201 Created", header + "\r\n"));
        Use(siro.Address);

        var answer = await RawAsync("POST", "Content-Length: 2\r\n\r\n{}");

        Assert.StartsWith("HTTP/1.1 201", answer, StringComparison.Ordinal);
        Assert.Contains("\r\n" + header + "\r\n", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_control_character_in_a_header_becomes_a_blank()
    {
        await using var siro = new GatewayRawUpstream(c => c.AnswerAsync("200 OK", "X-Odd: a\u0001b\r\n"));
        Use(siro.Address);

        var answer = await RawAsync("GET", "\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Odd: a b\r\n", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("204 No Content", "")]
    [InlineData("205 Reset Content", "hello")]
    public async Task An_answer_without_content_that_names_a_length_passes(string status, string body)
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync($"HTTP/1.1 {status}\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{body}");
            await c.EndAsync();
        });
        Use(siro.Address);

        var answer = await RawAsync("POST", "Content-Length: 2\r\n\r\n{}");

        Assert.StartsWith("HTTP/1.1 " + status[..3], answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    private void Use(string address) => fixture.Gateway.Change(
        ("ReverseProxy:Clusters:external:Destinations:siro:Address", address),
        ("Siro:Organizations:acme:OrganizationToken", $"token-of-{address}"));

    private Task<string> RawAsync(string method, string rest) => GatewayRawRequest.SendAsync(
        fixture.Gateway.Address,
        $"{method} /external/v1/core/users HTTP/1.1\r\nHost: {fixture.Gateway.Address.Authority}\r\nX-Api-Key: "
            + $"{GatewaySettings.AdminKey}\r\nConnection: close\r\n{rest}");
}
