using System.IO.Compression;
using System.Net;
using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>A Siro that is away, slow, odd or rude.</summary>
public sealed class UpstreamTests(UpstreamTests.Fixture fixture) : IClassFixture<UpstreamTests.Fixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public sealed class Fixture : GatewayFixture
    {
        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:MaxWait"] = "00:00:02";
            return Task.CompletedTask;
        }
    }

    /// <summary>How long a gateway waits for a Siro that stays silent, where one does.</summary>
    private static readonly (string Key, string? Value)[] ShortTimeouts =
        [("Proxy:ActivityTimeout", "00:00:03"), ("Proxy:Timeout", "00:00:06")];

    /// <summary>
    /// A client of the gateway, which now takes this address for Siro's. A token of its own each: the budget belongs to the token, and one
    /// test's 429 is not another's.
    /// </summary>
    private HttpClient ClientFor(string address, params (string Key, string? Value)[] changes)
    {
        fixture.Gateway.Change(
            ("ReverseProxy:Clusters:external:Destinations:siro:Address", address),
            ("Siro:Organizations:acme:OrganizationToken", $"token-of-{address}"),
            ("Proxy:ActivityTimeout", "00:01:00"),
            ("Proxy:Timeout", "00:01:00"));
        fixture.Gateway.Change(changes);
        return fixture.CreateClient();
    }

    [Fact]
    public async Task A_Siro_that_is_not_there_is_502()
    {
        using var client = ClientFor($"http://127.0.0.1:{FreePort.Take(1)[0]}");

        using var response = await client.PostAsync("/external/v1/core/users", new StringContent("{}"), Cancel);

        var problem = await GatewayProblem.AssertAsync(response, 502, "siro_unreachable");
        Assert.False(problem.GetProperty("mayHaveBeenDone").GetBoolean());
        Assert.Contains(fixture.Gateway.Log,
            l => l.Contains("[1701] A call to external failed with siro_unreachable: ", StringComparison.Ordinal)
            && l.Contains("refused", StringComparison.Ordinal));
    }

    /// <summary>
    /// Every refusal of the budget was logged with the forwarder's stack, forty lines for each call in the hour when there are many.
    /// </summary>
    [Fact]
    public async Task A_refusal_of_the_budget_leaves_its_line_of_the_audit_and_no_other()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\nRetry-After: 30\r\n\r\n{}");
        });
        using var client = ClientFor(siro.Address);
        var before = fixture.Gateway.Log.Count;

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);
        using var next = await client.GetAsync("/external/v1/core/users", Cancel);

        await GatewayProblem.AssertAsync(next, 429, "budget_exhausted");
        Assert.DoesNotContain(fixture.Gateway.Log.Skip(before), l => l.StartsWith("Warning Siro.Gateway.Proxy", StringComparison.Ordinal)
            || l.Contains("HttpForwarder", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_Siro_names_as_meant_for_one_hop_goes_no_further()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nX-Far: 2\r\n\r\n{}");
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.Equal("{}", await response.Content.ReadAsStringAsync(Cancel));
        Assert.False(response.Headers.Contains("X-Hop"));
        Assert.True(response.Headers.Contains("X-Far"));
    }

    [Fact]
    public async Task A_Siro_that_hangs_up_without_a_word_is_502()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            c.Reset();
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.PostAsync("/external/v1/core/users", new StringContent("{}"), Cancel);

        var problem = await GatewayProblem.AssertAsync(response, 502, "siro_broken_answer");
        Assert.True(problem.GetProperty("mayHaveBeenDone").GetBoolean());
    }

    [Fact]
    public async Task A_Siro_that_says_nothing_is_504()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.End);
        });
        using var client = ClientFor(siro.Address, ShortTimeouts);

        using var response = await client.PostAsync("/external/v1/core/users", new StringContent("{}"), Cancel);

        await GatewayProblem.AssertAsync(response, 504, "siro_timeout");
    }

    [Fact]
    public async Task What_is_no_HTTP_is_502()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.PostAsync("/external/v1/core/users", new StringContent("{}"), Cancel);

        await GatewayProblem.AssertAsync(response, 502, "siro_broken_answer");
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_never_passed_on_as_whole()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"half\":");
        });
        using var client = ClientFor(siro.Address, ShortTimeouts);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/external/v1/core/users", Cancel));
    }

    [Fact]
    public async Task The_page_of_the_CDN_is_named_for_what_it_is()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            const string Page = "<html>error code: 1010</html>";
            await c.WriteAsync(
                $"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: {Page.Length}\r\nConnection: "
                + $"close\r\n\r\n{Page}");
            await c.EndAsync();
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        var problem = await GatewayProblem.AssertAsync(response, 502, "siro_cdn_refused");
        Assert.Contains("User-Agent", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("User-Agent: Siro.Gateway/", Assert.Single(siro.Heads), StringComparison.Ordinal);
    }

    /// <summary>
    /// Another rule of the CDN's refuses what one caller sends: that caller hears of it, and nobody else waits.
    /// </summary>
    [Theory]
    [InlineData("text/html", "")]
    [InlineData("text/plain", "")]
    [InlineData("text/html", "gzip")]
    [InlineData("text/html", "unknown")]
    public async Task A_403_that_is_another_page_passes_and_pauses_nobody(string type, string encoding)
    {
        var page = Encoding.UTF8.GetBytes($"<html>Blocked: the request looks harmful. {new string('x', 20_000)}</html>");
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            var body = encoding == "gzip" ? Gzip(page) : page;
            await c.WriteAsync(
                $"HTTP/1.1 403 Forbidden\r\nContent-Type: {type}\r\n{(encoding.Length > 0 ? "Content-Encoding: " + encoding + "\r\n" : "")}"
                + $"Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{Encoding.Latin1.GetString(body)}");
            await c.EndAsync();
        });
        using var client = ClientFor(siro.Address);

        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync("/external/v1/core/users", Cancel);

            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal(encoding == "gzip" ? Gzip(page) : page, await response.Content.ReadAsByteArrayAsync(Cancel));
            Assert.False(response.Headers.Contains("Siro-Gateway-Error"));
        }
    }

    [Fact]
    public async Task The_page_of_the_CDN_is_known_although_it_is_compressed()
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            var page = Gzip("<html>error code: 1010</html>"u8.ToArray());
            await c.WriteAsync(
                $"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {page.Length}\r\n"
                + $"Connection: close\r\n\r\n{Encoding.Latin1.GetString(page)}");
            await c.EndAsync();
        });
        using var client = ClientFor(siro.Address);

        await GatewayProblem.AssertAsync(await client.GetAsync("/external/v1/core/users", Cancel), 502, "siro_cdn_refused");
    }

    [Fact]
    public async Task Siros_403_in_JSON_stays_Siros()
    {
        await using var siro = new GatewayRawUpstream(c => c.AnswerAsync("403 Forbidden", body: "{\"error\":\"no\"}"));
        using var client = ClientFor(siro.Address);

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("{\"error\":\"no\"}", await response.Content.ReadAsStringAsync(Cancel));
        Assert.False(response.Headers.Contains("Siro-Gateway-Error"));
    }

    [Fact]
    public async Task Banners_cookies_and_forged_errors_do_not_come_back()
    {
        await using var siro = new GatewayRawUpstream(c => c.AnswerAsync(
            "200 OK",
            "Set-Cookie: a=b\r\nServer: banner\r\nX-Powered-By: Express\r\nVia: 1.1 google\r\nAlt-Svc: "
                + "h3=\":443\"\r\nSiro-Gateway-Error: forged\r\nKeep-Alive: timeout=5\r\nETag: \"1\"\r\nX-Request-Id: "
                + "7\r\nCache-Control: private\r\n"));
        using var client = ClientFor(siro.Address);

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        foreach (var name in new[] { "Set-Cookie", "Server", "X-Powered-By", "Via", "Alt-Svc", "Siro-Gateway-Error", "Keep-Alive" })
        {
            Assert.False(response.Headers.NonValidated.Contains(name), name);
        }

        Assert.Equal("\"1\"", response.Headers.ETag?.Tag);
        Assert.Equal("7", Assert.Single(response.Headers.GetValues("X-Request-Id")));
        Assert.Equal("private", response.Headers.CacheControl?.ToString());
    }

    [Theory]
    [InlineData("204 No Content")]
    [InlineData("304 Not Modified")]
    public async Task An_empty_answer_stays_empty(string status)
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync($"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
            await c.EndAsync();
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.GetAsync("/external/v1/core/users", Cancel);

        Assert.StartsWith($"{(int)response.StatusCode}", status, StringComparison.Ordinal);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("500 Internal Server Error")]
    public async Task An_error_of_Siro_without_a_body_stays_without_one(string status)
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            await c.EndAsync();
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.PostAsync("/external/v1/core/users", new StringContent("{}"), Cancel);

        Assert.StartsWith($"{(int)response.StatusCode}", status, StringComparison.Ordinal);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.False(response.Headers.Contains("Siro-Gateway-Error"));
    }

    /// <summary>The forwarder used to turn an answer that came before the body was through into 502 (yarp#2731).</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_comes_before_the_body_is_through_is_kept(bool decent)
    {
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nContent-Length: 19\r\nConnection: "
                + "close\r\n\r\n{\"error\":\"too big\"}");
            if (decent)
            {
                await c.EndAsync();
            }
        });
        using var client = ClientFor(siro.Address);

        using var response = await client.PutAsync("/external/v1/integrations/briefs", new ByteArrayContent(new byte[20_000_000]), Cancel);

        Assert.Equal("{\"error\":\"too big\"}", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.False(response.Headers.Contains("Siro-Gateway-Error"));
    }

    [Fact]
    public async Task A_caller_who_leaves_ends_the_call_to_Siro()
    {
        var ended = new TaskCompletionSource();
        await using var siro = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.ReadHeadAsync();
            ended.TrySetResult();
        });
        using var client = ClientFor(siro.Address);
        using var leave = new CancellationTokenSource();
        var call = client.GetAsync("/external/v1/core/organizations", leave.Token);
        await Until.TrueAsync(() => !siro.Heads.IsEmpty, "the call has reached Siro");

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task A_changed_address_is_used_at_once()
    {
        await using var one = new GatewayRawUpstream(c => c.AnswerAsync("200 OK", body: "one"));
        await using var two = new GatewayRawUpstream(c => c.AnswerAsync("200 OK", body: "two"));
        using var client = ClientFor(one.Address);
        Assert.Equal("one", await client.GetStringAsync("/external/v1/core/users", Cancel));

        fixture.Gateway.Change(("ReverseProxy:Clusters:external:Destinations:siro:Address", two.Address));

        Assert.Equal("two", await client.GetStringAsync("/external/v1/core/users", Cancel));
    }

    private static byte[] Gzip(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(text);
        }

        return packed.ToArray();
    }
}
