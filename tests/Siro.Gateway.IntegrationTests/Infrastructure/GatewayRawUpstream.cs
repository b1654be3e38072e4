using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A server in Siro's place that does with a connection what a test wants: answers early, half, wrongly, never.</summary>
public sealed class GatewayRawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Connection, Task> _serve;
    private readonly Task _accepting;

    /// <param name="serve">Serves one connection; it is closed when this ends.</param>
    public GatewayRawUpstream(Func<Connection, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>The heads of the requests that arrived.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await _serve(new Connection(this, stream, socket, _end.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The gateway has hung up, or the test has ended.
        }
    }

    /// <summary>One connection.</summary>
    public sealed class Connection(GatewayRawUpstream upstream, NetworkStream stream, Socket socket, CancellationToken end)
    {
        public CancellationToken End => end;

        /// <summary>Reads up to the empty line and not a byte further; empty when the connection ended.</summary>
        public async Task<string> ReadHeadAsync()
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one, end) == 0)
                {
                    return "";
                }

                head.Append((char)one[0]);
            }

            upstream.Heads.Enqueue(head.ToString());
            return head.ToString();
        }

        public async Task<byte[]> ReadAsync(int length)
        {
            var bytes = new byte[length];
            await stream.ReadExactlyAsync(bytes, end);
            return bytes;
        }

        public async Task WriteAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), end);

        /// <summary>Answers the next request with this status, headers and body, and ends the connection.</summary>
        public async Task AnswerAsync(string status, string headers = "", string body = "{}")
        {
            await ReadHeadAsync();
            await WriteAsync(
                $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\nConnection: "
                + $"close\r\n\r\n{body}");
            await EndAsync();
        }

        /// <summary>Says that no more comes, and takes what the other side still sends, as a decent server does.</summary>
        public async Task EndAsync()
        {
            socket.Shutdown(SocketShutdown.Send);
            var rest = new byte[64 * 1024];
            while (await stream.ReadAsync(rest, end) > 0)
            {
            }
        }

        /// <summary>Cuts the connection with a reset.</summary>
        public void Reset() => socket.LingerState = new LingerOption(true, 0);
    }
}
