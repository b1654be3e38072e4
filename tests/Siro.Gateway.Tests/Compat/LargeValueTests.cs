using System.IO.Pipelines;
using System.Net.Sockets;

namespace Siro.Gateway.Tests.Compat;

public sealed class LargeValueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(65_537)]
    [InlineData(5_000_001)]
    public async Task Both_directions_at_once_arrive_byte_for_byte(int size)
    {
        using var pair = await SocketPair.ConnectAsync();
        var (there, back) = (SocketPair.Bytes(size), SocketPair.Bytes(size + 1));

        var receiving = SocketConnectionTests.ReceiveToEndAsync(pair.Other);
        var sending = SendThenEndAsync(pair.Other, back);
        var reading = pair.Connection.Input.ReadToEndAsync();
        await pair.Connection.Output.WriteAsync(there);
        await pair.Connection.Output.CompleteAsync();

        Assert.Equal(back, await reading);
        Assert.Equal(there, await receiving.WaitAsync(SocketPair.Patience));
        await sending;
        await pair.EndAsync();
    }

    [Fact]
    public async Task Hundreds_of_segments_in_one_flush_keep_their_order()
    {
        // 4 KiB segments and one flush at the end: more than one gathered send holds.
        var options = new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: 4096);
        using var pair = await SocketPair.ConnectAsync(send: options);
        var bytes = SocketPair.Bytes(2_000_000);

        var receiving = SocketConnectionTests.ReceiveToEndAsync(pair.Other);
        foreach (var piece in bytes.Chunk(3000))
        {
            piece.CopyTo(pair.Connection.Output.GetSpan(piece.Length));
            pair.Connection.Output.Advance(piece.Length);
        }

        await pair.Connection.Output.FlushAsync();
        await pair.Connection.Output.CompleteAsync();

        Assert.Equal(bytes, await receiving.WaitAsync(SocketPair.Patience));
    }

    [Fact]
    public async Task Bytes_that_come_one_by_one_are_all_delivered()
    {
        using var pair = await SocketPair.ConnectAsync();
        pair.Other.NoDelay = true;
        var bytes = SocketPair.Bytes(500);

        var reading = pair.Connection.Input.ReadAsync(bytes.Length);
        foreach (var one in bytes)
        {
            await pair.Other.SendAsync(new[] { one });
        }

        Assert.Equal(bytes, await reading);
    }

    private static async Task SendThenEndAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }

        socket.Shutdown(SocketShutdown.Send);
    }
}
