using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.IntegrationTests.Outbound;

public sealed class OutboundClientTests : IAsyncLifetime
{
    private static readonly OutboundRules Strict = new("test");
    private static readonly OutboundRules Loopback = Strict with { AllowedNetworks = "127.0.0.0/8" };
    private WebApplication _app = null!;
    private int _hits;

    private int Port => new Uri(_app.Urls.First()).Port;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            Interlocked.Increment(ref _hits);
            if (context.Request.Path == "/away")
            {
                context.Response.Redirect("/home");
            }

            context.Response.Headers.SetCookie = "a=b";
            return context.Response.WriteAsync(context.Request.Headers.Cookie.ToString());
        });
        await _app.StartAsync(Cancel);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task<HttpResponseMessage> GetAsync(OutboundClient client, string url, OutboundRules rules) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url), rules, Cancel);

    private static OutboundClient Resolving(params string[][] answers)
    {
        var asked = -1;
        return new OutboundClient((_, _) => Task.FromResult(
            answers[Math.Min(Interlocked.Increment(ref asked), answers.Length - 1)].Select(IPAddress.Parse).ToArray()));
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_forbidden_address_is_not_connected_to()
    {
        using var client = Resolving(["127.0.0.1"]);
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://innocent.example:{Port}/", Strict));
        Assert.Equal(0, _hits);
    }

    [Theory]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    public async Task Of_several_addresses_only_an_allowed_one_is_connected_to(string forbidden)
    {
        using var client = Resolving([forbidden, "127.0.0.1"]);
        using var response = await GetAsync(client, $"http://two.example:{Port}/", Loopback);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var none = Resolving([forbidden, "::ffff:10.1.1.1"]);
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(none, $"http://two.example:{Port}/", Loopback));
    }

    [Fact]
    public async Task A_name_that_changes_its_address_is_judged_at_every_connection()
    {
        // Good when it was checked, metadata a moment later: the second connection is refused, and none goes to an unchecked address.
        using var client = Resolving(["127.0.0.1"], ["169.254.169.254"]);
        using (var first = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"http://rebinding.example:{Port}/") { Headers = { ConnectionClose = true } }, Loopback,
            Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            await first.Content.ReadAsByteArrayAsync(Cancel);
        }

        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://rebinding.example:{Port}/", Loopback));
        Assert.Equal(1, _hits);
    }

    [Fact]
    public async Task A_literal_address_is_refused_before_anything_is_sent()
    {
        using var client = new OutboundClient();
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://127.0.0.1:{Port}/", Strict));
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://[::ffff:127.0.0.1]:{Port}/", Strict));
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://localhost:{Port}/", Strict));
        Assert.Equal(0, _hits);
    }

    [Fact]
    public async Task Rules_do_not_share_connections()
    {
        using var client = new OutboundClient();
        using var allowed = await GetAsync(client, $"http://localhost:{Port}/", Loopback with { AllowedNetworks = "127.0.0.0/8 ::1/128" });
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, $"http://localhost:{Port}/", Strict));
    }

    [Fact]
    public async Task Redirects_are_answers_and_cookies_are_not_kept()
    {
        using var client = new OutboundClient();
        using var redirected = await GetAsync(client, $"http://127.0.0.1:{Port}/away", Loopback);
        Assert.Equal(HttpStatusCode.Redirect, redirected.StatusCode);
        using var second = await GetAsync(client, $"http://127.0.0.1:{Port}/", Loopback);
        Assert.Equal("", await second.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(2, _hits);
    }

    /// <summary>RFC 9112, section 9.3: what the answer says decides whether its connection is used again.</summary>
    [Theory]
    [InlineData("HTTP/1.0 204 No Content", 6)]
    [InlineData("HTTP/1.0 204 No Content\r\nConnection: Keep-Alive", 1)]
    [InlineData("HTTP/1.1 204 No Content", 1)]
    public async Task A_connection_that_the_server_is_about_to_close_is_not_used_again(string answer, int connections)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var taken = 0;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var serving = ServeAsync();
        using var client = new OutboundClient();
        for (var i = 0; i < 6; i++)
        {
            using var response = await GetAsync(client, $"http://{server.LocalEndpoint}/", Loopback);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }

        Assert.Equal(connections, taken);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);

        // It says nothing of closing and closes nothing, so that only the client's judgement counts.
        async Task ServeAsync()
        {
            var conversations = new List<Task>();
            try
            {
                while (true)
                {
                    conversations.Add(TalkAsync(await server.AcceptTcpClientAsync(ended.Token)));
                    taken++;
                }
            }
            finally
            {
                await Task.WhenAll(conversations);
            }
        }

        async Task TalkAsync(TcpClient connection)
        {
            using var _ = connection;
            using var reader = new StreamReader(connection.GetStream());
            try
            {
                while (await reader.ReadLineAsync(ended.Token) is { } line)
                {
                    if (line.Length == 0)
                    {
                        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n\r\n"), ended.Token);
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client or the test has ended it.
            }
        }
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_body_was_read_is_heard()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = RefuseAsync();
        using var client = new OutboundClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{server.LocalEndpoint}/")
        {
            Content = new ByteArrayContent(new byte[32 * 1024 * 1024]),
        };

        using var response = await client.SendAsync(request, Loopback, Cancel);

        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        await serving;

        async Task RefuseAsync()
        {
            using var connection = await server.AcceptTcpClientAsync(Cancel);
            var head = new byte[16];
            await connection.GetStream().ReadExactlyAsync(head, Cancel);
            await connection.GetStream().WriteAsync("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Cancel);
        }
    }

    [Fact]
    public async Task A_name_that_resolves_to_nothing_is_refused()
    {
        using var client = Resolving([[]]);
        await Assert.ThrowsAsync<AddressForbiddenException>(() => GetAsync(client, "http://nothing.example/", Strict));
        using var failing = new OutboundClient((_, _) => throw new SocketException((int)SocketError.HostNotFound));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => GetAsync(failing, "http://nothing.example/", Strict));
    }
}
