using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class HttpSocketsTests
{
    /// <summary>
    /// .NET's handler lets this out as a bare SocketException, once in some hundred such connections: whoever sends catches
    /// HttpRequestException, so that a call got a 500, a delivery no answer and an upload a crash in place of its next attempt.
    /// </summary>
    [Fact]
    public async Task A_server_that_resets_what_it_has_just_taken_was_not_reached()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var client = new HttpClient(HttpSockets.Create(handler => handler.ConnectCallback = (context, cancellationToken) =>
            EarlyAnswerStream.ConnectAsync(async socket =>
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                using (var taken = await server.AcceptSocketAsync(cancellationToken))
                {
                    taken.LingerState = new LingerOption(true, 0);
                }

                // Until the reset is here.
                Assert.True(socket.Poll(TimeSpan.FromMinutes(1), SelectMode.SelectRead));
            })));

        var address = new Uri($"http://{server.LocalEndpoint}/");
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, cancel));

        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
    }

    /// <summary>A handler made elsewhere would follow redirects, keep cookies, and fail in ways that its caller does not know.</summary>
    [Fact]
    public void Connections_are_made_in_one_place()
    {
        var root = Path.Combine(
            typeof(HttpSocketsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!,
            "src", "Siro.Gateway");
        string[] makes = ["new SocketsHttpHandler", "new HttpClientHandler", "new HttpClient()", "new HttpClient {"];
        Assert.Equal(
            [Path.Combine("Common", "HttpSockets.cs")],
            Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file))
                .Where(file => !file.StartsWith("obj", StringComparison.Ordinal) && !file.StartsWith("bin", StringComparison.Ordinal))
                .Where(file => makes.Any(File.ReadAllText(Path.Combine(root, file)).Contains)));
    }
}
