using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Proxy;

/// <summary>40 MB are on their way when the gateway refuses. The caller sends all of it before it reads, as many clients do.</summary>
public sealed class EarlyRefusalTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const int Bytes = 40_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST /external/v1/core/users", "", 401, false)]
    [InlineData("POST /external/v1/core/users", "", 401, true)]
    [InlineData("POST /external/v1/core/users", "X-Api-Key: wrong", 401, false)]
    [InlineData("POST /v1/uploads", "", 401, false)]
    [InlineData("POST /v1/uploads", "", 401, true)]
    [InlineData("POST /v1/uploads", "X-Api-Key: {key}\r\nContent-Type: application/json", 415, false)]
    [InlineData("PUT /v1/sync/engagements", "X-Api-Key: {key}\r\nContent-Type: application/json", 413, false)]
    [InlineData("PUT /v1/sync/engagements", "X-Api-Key: {key}\r\nContent-Type: application/json", 400, true)]
    [InlineData("POST /external/v1/core/users", "X-Api-Key: {key}", 413, false)]
    [InlineData("POST /external/v1/core/users", "X-Api-Key: {key}", 413, true)]
    [InlineData("POST /v1/webhooks/siro/acme", "", 400, false)]
    [InlineData("POST /nothing/here", "X-Api-Key: {key}", 404, false)]
    [InlineData("POST /v1/me", "X-Api-Key: {key}", 405, false)]
    [InlineData("POST /external/v1/../core", "X-Api-Key: {key}", 400, false)]
    public async Task A_caller_that_sends_everything_first_reads_the_refusal(string target, string headers, int status, bool chunked)
    {
        if (chunked || status == 413)
        {
            fixture.Gateway.Change(("Sync:MaxBodyBytes", "1000000"), ("Proxy:MaxBodyBytes", "1000000"));
        }

        using var socket = new TcpClient();
        await socket.ConnectAsync(fixture.Gateway.Address.Host, fixture.Gateway.Address.Port, Cancel);
        await using var stream = socket.GetStream();
        var framing = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Bytes.ToString(CultureInfo.InvariantCulture)}";
        headers = headers.Length == 0 ? "" : headers.Replace("{key}", GatewaySettings.AdminKey, StringComparison.Ordinal) + "\r\n";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}{framing}\r\n\r\n"), Cancel);
        var block = new byte[100_000];
        for (var sent = 0; sent < Bytes; sent += block.Length)
        {
            if (chunked)
            {
                await stream.WriteAsync("186A0\r\n"u8.ToArray(), Cancel);
            }

            await stream.WriteAsync(block, Cancel);
            if (chunked)
            {
                await stream.WriteAsync("\r\n"u8.ToArray(), Cancel);
            }
        }

        if (chunked)
        {
            await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), Cancel);
        }

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Cancel);

        Assert.StartsWith($"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} ", answer, StringComparison.Ordinal);
        Assert.Contains("Siro-Gateway-Error: ", answer, StringComparison.Ordinal);
        Assert.Contains("\"traceId\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_request_on_the_same_connection_is_served()
    {
        using var client = fixture.CreateClient(apiKey: null);
        using var refused = await client.PostAsync("/external/v1/core/users", new ByteArrayContent(new byte[Bytes]), Cancel);
        await GatewayProblem.AssertAsync(refused, 401, "unauthenticated");

        using var next = await client.GetAsync("/health/live", Cancel);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }
}
