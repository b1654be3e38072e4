using System.Net;
using System.Net.Sockets;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class HttpSocketsTests
{
    /// <summary>
    /// .NET's handler lets this out as a bare SocketException, twice in a thousand such connections: whoever sends catches
    /// HttpRequestException, so that a call was told that Siro's answer broke, and deliveries and uploads crashed.
    /// </summary>
    [Fact]
    public async Task A_server_that_resets_what_it_has_just_taken_was_not_reached()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var client = new HttpClient(HttpSockets.Create(handler => handler.ConnectCallback = async (context, cancellationToken) =>
            new NetworkStream(await HttpSockets.ConnectAsync(async socket =>
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                using (var taken = await server.AcceptSocketAsync(cancellationToken))
                {
                    taken.LingerState = new LingerOption(true, 0);
                }

                // Until the reset is here.
                Assert.True(socket.Poll(TimeSpan.FromMinutes(1), SelectMode.SelectRead));
            }), ownsSocket: true)));

        var address = new Uri($"http://{server.LocalEndpoint}/");
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, cancel));

        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
    }
}
