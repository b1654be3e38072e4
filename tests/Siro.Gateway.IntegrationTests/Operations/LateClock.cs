using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>Stands before a Redis and passes everything on, but sets the answer to TIME back.</summary>
internal sealed partial class LateClock : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    private LateClock(TcpListener listener, int redis, TimeSpan late)
    {
        _listener = listener;
        _serving = ServeAsync(redis, (long)late.TotalSeconds);
    }

    public string Configuration => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public static Task<LateClock> StartAsync(int redis, TimeSpan late)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return Task.FromResult(new LateClock(listener, redis, late));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ServeAsync(int redis, long late)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            _ = PassAsync(client, redis, late);
        }
    }

    private async Task PassAsync(TcpClient client, int redis, long late)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, redis, _end.Token);
            var there = client.GetStream().CopyToAsync(server.GetStream(), _end.Token);
            var back = BackAsync(server.GetStream(), client.GetStream(), late);
            await Task.WhenAny(there, back);
        }
    }

    private async Task BackAsync(NetworkStream server, NetworkStream client, long late)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            // Ten digits stay ten digits, so that the lengths in front of them stay right.
            var answer = Time().Replace(Encoding.Latin1.GetString(buffer, 0, read),
                m => string.Create(
                CultureInfo.InvariantCulture, $"*2\r\n$10\r\n{long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) - late}\r\n"));
            await client.WriteAsync(Encoding.Latin1.GetBytes(answer), _end.Token);
        }
    }

    [GeneratedRegex(@"\*2\r\n\$10\r\n([0-9]{10})\r\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();
}
