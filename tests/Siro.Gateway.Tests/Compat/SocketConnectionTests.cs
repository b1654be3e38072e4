using System.Net.Sockets;
using System.Text;
using Pipelines.Sockets.Unofficial;

namespace Siro.Gateway.Tests.Compat;

public sealed class SocketConnectionTests
{
    [Fact]
    public async Task What_one_side_writes_the_other_side_reads()
    {
        using var pair = await SocketPair.ConnectAsync();

        await pair.Connection.Output.WriteAsync("ping"u8.ToArray());
        var heard = new byte[4];
        await pair.Other.ReceiveAsync(heard);
        await pair.Other.SendAsync("pong!"u8.ToArray());

        Assert.Equal("ping", Encoding.ASCII.GetString(heard));
        Assert.Equal("pong!"u8.ToArray(), await pair.Connection.Input.ReadAsync(5));
        // The other side can have answered before the sending loop has counted.
        await SocketPair.UntilAsync(() => pair.Connection.BytesSent == 4, "what was sent is counted");
        Assert.Equal(5, pair.Connection.BytesRead);
        Assert.Equal(5, pair.Connection.LastReceived);
        Assert.Equal(4, pair.Connection.TotalBytesSent);
        Assert.Equal(5, pair.Connection.TotalBytesReceived);
        Assert.Equal(PipeShutdownKind.None, pair.Connection.ShutdownKind);
    }

    [Fact]
    public async Task The_other_sides_end_completes_the_input_after_its_last_byte_and_leaves_the_output_open()
    {
        using var pair = await SocketPair.ConnectAsync();
        var bytes = SocketPair.Bytes(100_000);

        await pair.Other.SendAsync(bytes);
        pair.Other.Shutdown(SocketShutdown.Send);

        Assert.Equal(bytes, await pair.Connection.Input.ReadToEndAsync());
        Assert.Equal(PipeShutdownKind.ReadEndOfStream, pair.Connection.ShutdownKind);
        await pair.Connection.Output.WriteAsync("late"u8.ToArray());
        Assert.Equal(4, await pair.Other.ReceiveAsync(new byte[10]));
    }

    [Fact]
    public async Task Completing_the_output_sends_the_rest_and_then_ends_the_sending_half()
    {
        using var pair = await SocketPair.ConnectAsync();
        var bytes = SocketPair.Bytes(300_000);

        var receiving = ReceiveToEndAsync(pair.Other);
        await pair.Connection.Output.WriteAsync(bytes);
        await pair.Connection.Output.CompleteAsync();

        Assert.Equal(bytes, await receiving.WaitAsync(SocketPair.Patience));
        await pair.Other.SendAsync("still here"u8.ToArray());
        Assert.Equal("still here"u8.ToArray(), await pair.Connection.Input.ReadAsync(10));
    }

    [Fact]
    public async Task Both_sides_can_end_politely()
    {
        using var pair = await SocketPair.ConnectAsync();

        await pair.Connection.Output.CompleteAsync();
        pair.Other.Shutdown(SocketShutdown.Send);

        Assert.Empty(await pair.Connection.Input.ReadToEndAsync());
        await pair.EndAsync();
    }

    [Fact]
    public async Task A_reset_is_told_to_the_reader_and_stops_the_writer()
    {
        using var pair = await SocketPair.ConnectAsync();

        pair.Reset();

        await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Connection.Input.ReadToEndAsync());
        await pair.EndAsync();
        Assert.Equal(SocketError.ConnectionReset, pair.Connection.SocketError);
        Assert.Equal(PipeShutdownKind.ReadSocketError, pair.Connection.ShutdownKind);
        await WriteForEverAsync(pair.Connection).WaitAsync(SocketPair.Patience);
    }

    [Fact]
    public async Task A_reset_wakes_a_writer_that_waits_for_a_slow_peer()
    {
        using var pair = await SocketPair.ConnectAsync();
        var writing = WriteForEverAsync(pair.Connection);
        await SocketPair.UntilAsync(() => pair.Connection.GetCounters().BytesWaitingToBeSent > 0, "the kernel's buffers are full");

        pair.Reset();

        await writing.WaitAsync(SocketPair.Patience);
        await pair.EndAsync();
    }

    [Fact]
    public async Task Disposal_wakes_a_pending_reader_with_an_error_so_that_a_cut_stream_is_not_taken_for_a_whole_one()
    {
        using var pair = await SocketPair.ConnectAsync();
        var reading = pair.Connection.Input.ReadToEndAsync();

        pair.Connection.Dispose();

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading);
        await pair.EndAsync();
        Assert.Equal(PipeShutdownKind.PipeDisposed, pair.Connection.ShutdownKind);
        Assert.Equal(SocketError.Success, pair.Connection.SocketError);
        Assert.Equal(-1, pair.Connection.GetCounters().BytesAvailableOnSocket);
    }

    [Fact]
    public async Task A_consumer_that_completes_the_input_ends_the_receiving()
    {
        using var pair = await SocketPair.ConnectAsync();

        await pair.Connection.Input.CompleteAsync();
        await pair.Other.SendAsync(new byte[1]);

        await SocketPair.UntilAsync(() => pair.Connection.ShutdownKind == PipeShutdownKind.ReadFlushCompleted, "the loop noticed");
    }

    [Fact]
    public async Task The_first_reason_to_end_stays()
    {
        using var pair = await SocketPair.ConnectAsync();

        Assert.True(pair.Connection.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitClient));
        Assert.False(pair.Connection.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitServer));
        pair.Connection.Dispose();
        pair.Connection.Dispose();
        await pair.EndAsync();

        Assert.Equal(PipeShutdownKind.ProtocolExitClient, pair.Connection.ShutdownKind);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Connection.TrySetProtocolShutdown(PipeShutdownKind.PipeDisposed));
    }

    [Fact]
    public async Task The_counters_say_where_bytes_wait()
    {
        using var pair = await SocketPair.ConnectAsync();

        await pair.Other.SendAsync(new byte[1000]);
        await SocketPair.UntilAsync(() => pair.Connection.BytesRead == 1000, "all were received");
        var read = await pair.Connection.Input.ReadAtLeastAsync(1000);
        Assert.Equal(1000, pair.Connection.GetCounters().BytesWaitingToBeRead);

        pair.Connection.Input.AdvanceTo(read.Buffer.GetPosition(600), read.Buffer.End);
        Assert.Equal(400, pair.Connection.GetCounters().BytesWaitingToBeRead);

        pair.Connection.Output.GetMemory(10);
        pair.Connection.Output.Advance(10);
        Assert.Equal(10, pair.Connection.GetCounters().BytesWaitingToBeSent);
        await pair.Connection.Output.FlushAsync();
        await SocketPair.UntilAsync(() => pair.Connection.GetCounters().BytesWaitingToBeSent == 0, "all were sent");
    }

    internal static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        using var into = new MemoryStream();
        await stream.CopyToAsync(into);
        return into.ToArray();
    }

    /// <summary>Writes until the connection takes no more, for whatever reason.</summary>
    internal static async Task WriteForEverAsync(SocketConnection connection)
    {
        var chunk = new byte[32 * 1024];
        try
        {
            while (!(await connection.Output.WriteAsync(chunk)).IsCompleted)
            {
                // Until the connection ends.
            }
        }
        catch (IOException)
        {
            // The end, told as an error.
        }
    }
}
