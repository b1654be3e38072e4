using System.IO.Pipelines;

namespace Siro.Gateway.Tests.Compat;

public sealed class BackPressureTests
{
    private const int Pause = 64 * 1024;
    private const int LargestReceive = 128 * 1024;

    [Fact]
    public async Task A_slow_consumer_bounds_what_is_received()
    {
        using var pair = await SocketPair.ConnectAsync(receive: new PipeOptions(pauseWriterThreshold: Pause, resumeWriterThreshold: Pause / 2));
        pair.Other.SendBufferSize = 64 * 1024;
        var bytes = SocketPair.Bytes(32_000_000);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (sent < bytes.Length)
            {
                Volatile.Write(ref sent, sent + await pair.Other.SendAsync(bytes.AsMemory(sent, Math.Min(100_000, bytes.Length - sent))));
            }
        });
        await SocketPair.UntilAsync(() => pair.Connection.GetCounters() is { BytesWaitingToBeRead: >= Pause, BytesAvailableOnSocket: > 0 }, "bytes pile up in the kernel");

        Assert.InRange(pair.Connection.BytesRead, Pause, Pause + LargestReceive);
        Assert.False(sending.IsCompleted);

        // Once the consumer reads again, everything comes.
        Assert.Equal(bytes, await ReadSlicesAsync(pair.Connection.Input, bytes.Length));
        await sending.WaitAsync(SocketPair.Patience);
    }

    [Fact]
    public async Task A_slow_peer_makes_the_producer_wait()
    {
        using var pair = await SocketPair.ConnectAsync(send: new PipeOptions(pauseWriterThreshold: Pause, resumeWriterThreshold: Pause / 2));
        var bytes = SocketPair.Bytes(1_000_000);
        var written = 0;
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.Run(async () =>
        {
            // Loopback's own buffers take a few megabytes before the pipe fills.
            for (var i = 0; i < 32; i++)
            {
                var flush = pair.Connection.Output.WriteAsync(bytes);
                written += bytes.Length;
                if (!flush.IsCompleted && pair.Connection.GetCounters().BytesWaitingToBeSent >= Pause)
                {
                    blocked.TrySetResult();
                }

                await flush;
            }

            await pair.Connection.Output.CompleteAsync();
        });
        await blocked.Task.WaitAsync(SocketPair.Patience);

        // Never more than one write above the threshold, however long the peer takes.
        Assert.InRange(pair.Connection.GetCounters().BytesWaitingToBeSent, 0, Pause + bytes.Length);
        var received = await SocketConnectionTests.ReceiveToEndAsync(pair.Other).WaitAsync(SocketPair.Patience);
        await writing.WaitAsync(SocketPair.Patience);
        Assert.Equal(written, received.Length);
        Assert.Equal(bytes, received[^bytes.Length..]);
    }

    [Fact]
    public async Task Disposal_ends_a_receive_that_waits_for_its_consumer()
    {
        using var pair = await SocketPair.ConnectAsync(receive: new PipeOptions(pauseWriterThreshold: Pause, resumeWriterThreshold: Pause / 2));
        var sending = Task.Run(async () => await pair.Other.SendAsync(new byte[1_000_000]));
        await SocketPair.UntilAsync(() => pair.Connection.GetCounters().BytesWaitingToBeRead >= Pause, "the pipe is full");

        pair.Connection.Dispose();

        await pair.EndAsync();
        pair.Other.Dispose();
        await Record.ExceptionAsync(() => sending.WaitAsync(SocketPair.Patience));
    }

    private static async Task<byte[]> ReadSlicesAsync(PipeReader reader, int count)
    {
        using var into = new MemoryStream(count);
        while (into.Length < count)
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(SocketPair.Patience);
            foreach (var piece in result.Buffer)
            {
                into.Write(piece.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
        }

        return into.ToArray();
    }
}
