using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

/// <summary>Two ends of one loopback connection: the connection under test and the plain socket on the other side.</summary>
internal sealed class SocketPair : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private SocketPair(SocketConnection connection, Socket other)
    {
        Connection = connection;
        Other = other;
    }

    public SocketConnection Connection { get; }

    public Socket Other { get; }

    public static async Task<SocketPair> ConnectAsync(PipeOptions? send = null, PipeOptions? receive = null)
    {
        var (near, far) = await ConnectSocketsAsync();
        return new(SocketConnection.Create(near, send, receive), far);
    }

    public static async Task<(Socket Near, Socket Far)> ConnectSocketsAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketConnection.SetRecommendedClientOptions(near);
        await near.ConnectAsync(listener.LocalEndpoint);
        return (near, await listener.AcceptSocketAsync());
    }

    /// <summary>Closes the other side with a reset instead of an end.</summary>
    public void Reset()
    {
        Other.LingerState = new LingerOption(true, 0);
        Other.Close();
    }

    /// <summary>Waits until both directions have ended.</summary>
    public Task EndAsync() => Connection.Completion.WaitAsync(Patience);

    public void Dispose()
    {
        Connection.Dispose();
        Other.Dispose();
    }

    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Polls a counter that no event announces.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var deadline = new CancellationTokenSource(Patience);
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Did not happen in {Patience}: {what}");
            }
        }
    }
}
