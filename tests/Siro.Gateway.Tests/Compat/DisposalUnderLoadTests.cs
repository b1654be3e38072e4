using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Pipelines.Sockets.Unofficial;
using Pipelines.Sockets.Unofficial.Pumping;

namespace Siro.Gateway.Tests.Compat;

public sealed class DisposalUnderLoadTests
{
    [Fact]
    public async Task Connections_closed_in_mid_traffic_end_without_a_hang_or_an_unobserved_exception()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            // Other tests run in this process: only what comes out of the stand-in counts.
            if (e.Exception.ToString().Contains("Pipelines.Sockets.Unofficial", StringComparison.Ordinal))
            {
                unobserved.Enqueue(e.Exception);
            }
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            for (var round = 0; round < 30; round++)
            {
                await RunAndCloseAsync(round);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Empty(unobserved);
    }

    [Fact]
    public async Task A_pool_of_the_callers_own_gets_every_buffer_back()
    {
        using var pool = new CountingPool();
        var options = new PipeOptions(pool);
        using (var pair = await SocketPair.ConnectAsync(options, options))
        {
            var bytes = SocketPair.Bytes(400_000);
            var echo = Task.Run(async () => await pair.Other.SendAsync(bytes));
            Assert.Equal(bytes, await pair.Connection.Input.ReadAsync(bytes.Length));
            await echo;
            await pair.Connection.Output.WriteAsync(new byte[100_000]);
            pair.Connection.Dispose();
            await pair.EndAsync();
            await pair.Connection.Input.CompleteAsync();
            await pair.Connection.Output.CompleteAsync();
        }

        Assert.True(pool.Rented > 0);
        Assert.Equal(pool.Rented, pool.Returned);
    }

    [Fact]
    public async Task A_thread_that_still_parses_when_its_connection_is_closed_reads_its_own_bytes()
    {
        using var pair = await SocketPair.ConnectAsync();
        var bytes = SocketPair.Bytes(4000);
        await pair.Other.SendAsync(bytes);
        var read = await pair.Connection.Input.ReadAtLeastAsync(bytes.Length);
        var held = read.Buffer.First;

        // What StackExchange.Redis does from another thread while this one parses.
        pair.Connection.Dispose();
        await pair.Connection.Input.CompleteAsync();
        await pair.EndAsync();
        var rented = Enumerable.Range(0, 200).Select(_ => ArrayPool<byte>.Shared.Rent(4096)).ToArray();
        Array.ForEach(rented, array => Array.Fill(array, (byte)0xEE));

        Assert.Equal(bytes[..held.Length], held.ToArray());
    }

    [Fact]
    public void A_live_connections_buffers_go_back_and_a_closed_ones_do_not()
    {
        using var pool = new AbandoningPool();
        pool.Rent(5000).Dispose();
        var (late, twice) = (pool.Rent(), pool.Rent());
        Assert.Equal(2, pool.Out);

        twice.Dispose();
        twice.Dispose();
        pool.Abandon();
        late.Dispose();

        Assert.Equal(0, pool.Out);
        Assert.Throws<ObjectDisposedException>(() => late.Memory);
    }

    private static async Task RunAndCloseAsync(int round)
    {
        using var pair = await SocketPair.ConnectAsync();
        var writing = SocketConnectionTests.WriteForEverAsync(pair.Connection);
        var reading = Task.Run(async () => await pair.Connection.Input.CopyToAsync(Stream.Null));
        var draining = Task.Run(async () => await Record.ExceptionAsync(() => SocketConnectionTests.ReceiveToEndAsync(pair.Other)));
        var feeding = Task.Run(async () => await Record.ExceptionAsync(async () =>
        {
            var chunk = new byte[10_000];
            while (true)
            {
                await pair.Other.SendAsync(chunk);
            }
        }));
        await SocketPair.UntilAsync(() => pair.Connection is { BytesRead: > 100_000, BytesSent: > 100_000 }, "traffic flows both ways");

        switch (round % 3)
        {
            case 0: // by this side
                pair.Connection.Dispose();
                break;
            case 1: // by the other side
                pair.Reset();
                break;
            default: // as StackExchange.Redis does it, from another thread
                await Task.Run(() =>
                {
                    pair.Connection.Input.CancelPendingRead();
                    pair.Connection.Input.Complete();
                    pair.Connection.Output.CancelPendingFlush();
                    pair.Connection.Output.Complete();
                    pair.Connection.Dispose();
                });
                break;
        }

        await pair.EndAsync();
        pair.Other.Dispose();

        // A producer or consumer that is cut off gets an error or an end, never a hang.
        foreach (var user in new[] { writing, reading, draining, feeding })
        {
            await Record.ExceptionAsync(() => user.WaitAsync(SocketPair.Patience));
            Assert.True(user.IsCompleted);
        }
    }

    private sealed class CountingPool : MemoryPool<byte>
    {
        private int _rented;
        private int _returned;

        public int Rented => Volatile.Read(ref _rented);

        public int Returned => Volatile.Read(ref _returned);

        public override int MaxBufferSize => int.MaxValue;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Interlocked.Increment(ref _rented);
            return new Owner(this, new byte[Math.Max(minBufferSize, 4096)]);
        }

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Owner(CountingPool pool, byte[] array) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => array;

            public void Dispose() => Interlocked.Increment(ref pool._returned);
        }
    }
}
