using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

public sealed class SocketAwaitableEventArgsTests
{
    [Fact]
    public async Task A_connect_can_be_awaited()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var args = new SocketAwaitableEventArgs(PipeScheduler.ThreadPool) { RemoteEndPoint = listener.LocalEndpoint };

        if (!socket.ConnectAsync(args))
        {
            args.Complete();
        }

        await args;
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task A_refused_connect_throws_what_the_socket_said()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var args = new SocketAwaitableEventArgs { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, port) };
        if (!socket.ConnectAsync(args))
        {
            args.Complete();
        }

        var refused = await Assert.ThrowsAsync<SocketException>(async () => await args);
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task An_abort_wakes_the_awaiter_with_its_error()
    {
        using var args = new SocketAwaitableEventArgs();
        var waiting = Assert.ThrowsAsync<SocketException>(async () => await args);

        args.Abort(SocketError.TimedOut);
        args.Abort(SocketError.ConnectionReset);

        Assert.Equal(SocketError.TimedOut, (await waiting).SocketErrorCode);
    }

    [Fact]
    public async Task An_abort_after_the_end_changes_nothing()
    {
        using var args = new SocketAwaitableEventArgs();
        args.Complete();

        args.Abort(SocketError.TimedOut);

        Assert.True(args.IsCompleted);
        Assert.Equal(0, await args);
    }

    [Fact]
    public void An_abort_needs_an_error()
    {
        using var args = new SocketAwaitableEventArgs();

        Assert.Throws<ArgumentOutOfRangeException>(() => args.Abort(SocketError.Success));
    }

    [Fact]
    public async Task Completions_and_awaiters_that_race_always_meet()
    {
        using var args = new SocketAwaitableEventArgs(PipeScheduler.ThreadPool);
        for (var i = 0; i < 2000; i++)
        {
            var completing = Task.Run(args.Complete);
            await WaitAsync(args).WaitAsync(SocketPair.Patience);
            await completing;
        }

        static async Task WaitAsync(SocketAwaitableEventArgs args) => await args;
    }

    [Fact]
    public void A_second_awaiter_is_a_mistake()
    {
        using var args = new SocketAwaitableEventArgs();
        args.OnCompleted(() => { });

        Assert.Throws<InvalidOperationException>(() => args.OnCompleted(() => { }));
    }
}
