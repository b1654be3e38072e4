using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>Requests byte for byte, as no HTTP library would send them.</summary>
public static class GatewayRawRequest
{
    /// <summary>Sends the text (Latin-1) on a connection of its own and answers with everything that came back until the end.</summary>
    public static async Task<string> SendAsync(Uri address, string request)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, limit.Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // A reset after the answer is an end too.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>A GET of exactly this target with this API key.</summary>
    public static Task<string> GetAsync(Uri address, string target, string apiKey = GatewaySettings.AdminKey) =>
        SendAsync(address, $"GET {target} HTTP/1.1\r\nHost: {address.Authority}\r\nX-Api-Key: {apiKey}\r\nConnection: close\r\n\r\n");
}
