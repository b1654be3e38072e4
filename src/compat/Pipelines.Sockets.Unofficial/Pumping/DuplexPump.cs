using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>
/// Two pipes and two loops: what arrives on a transport goes to <see cref="Input"/>, what is written to
/// <see cref="Output"/> goes out. Back-pressure is the pipes' own: while a consumer is behind by its pipe's pause
/// threshold, nothing more is received; a producer waits in FlushAsync in the same way.
/// </summary>
/// <remarks>
/// The other side's clean end completes Input alone, so that the rest of Output can still be sent. An error in one
/// direction ends both. Disposal is abrupt: what was not sent yet is dropped, pending reads and writes end.
/// </remarks>
internal sealed class DuplexPump : IDisposable
{
    private const int LargestReceive = 128 * 1024;

    private readonly ITransport _transport;
    private readonly CancellationTokenSource _closing = new();
    private readonly (Pipe Pipe, AbandoningPool? Pool) _receive;
    private readonly (Pipe Pipe, AbandoningPool? Pool) _send;
    private readonly int _smallestReceive;
    private readonly MeasuredPipeReader _input;
    private readonly MeasuredPipeWriter _output;
    private long _received;
    private long _sent;
    private int _lastReceived;
    private int _shutdownKind;
    private int _socketError;
    private int _disposed;

    public DuplexPump(ITransport transport, PipeOptions sendOptions, PipeOptions receiveOptions)
    {
        _transport = transport;
        _receive = NewPipe(receiveOptions);
        _send = NewPipe(sendOptions);
        _smallestReceive = Math.Max(receiveOptions.MinimumSegmentSize / 2, 1);
        _input = new MeasuredPipeReader(_receive.Pipe.Reader);
        _output = new MeasuredPipeWriter(_send.Pipe.Writer);
        Completion = Task.WhenAll(
            Start(receiveOptions.WriterScheduler, ReceiveAsync),
            Start(sendOptions.ReaderScheduler, SendAsync));
    }

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    /// <summary>Ends when both directions have ended; never fails.</summary>
    public Task Completion { get; }

    public long BytesReceived => Interlocked.Read(ref _received);

    public long BytesSent => Interlocked.Read(ref _sent);

    public int LastReceived => Volatile.Read(ref _lastReceived);

    // The counters are read one after the other while bytes move, so a difference can be off for a moment, but not below zero.
    public long BytesWaitingToBeRead => Math.Max(0, BytesReceived - _input.Consumed);

    public long BytesWaitingToBeSent => Math.Max(0, _output.Written - BytesSent);

    public PipeShutdownKind ShutdownKind => (PipeShutdownKind)Volatile.Read(ref _shutdownKind);

    public SocketError SocketError => (SocketError)Volatile.Read(ref _socketError);

    /// <summary>Notes why the connection ended; false where a reason stands already.</summary>
    public bool TrySetShutdown(PipeShutdownKind kind) =>
        kind != PipeShutdownKind.None && Interlocked.CompareExchange(ref _shutdownKind, (int)kind, (int)PipeShutdownKind.None) == (int)PipeShutdownKind.None;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        TrySetShutdown(PipeShutdownKind.PipeDisposed);
        _closing.Cancel();
        _receive.Pipe.Writer.CancelPendingFlush();
        _send.Pipe.Reader.CancelPendingRead();
        _transport.Dispose();
    }

    private static (Pipe Pipe, AbandoningPool? Pool) NewPipe(PipeOptions options)
    {
        if (!ReferenceEquals(options.Pool, MemoryPool<byte>.Shared))
        {
            // A pool of the caller's own gets everything back.
            return (new Pipe(options), null);
        }

        var pool = new AbandoningPool();
        return (new Pipe(new PipeOptions(
            pool,
            options.ReaderScheduler,
            options.WriterScheduler,
            options.PauseWriterThreshold,
            options.ResumeWriterThreshold,
            options.MinimumSegmentSize,
            options.UseSynchronizationContext)), pool);
    }

    private static Task Start(PipeScheduler scheduler, Func<Task> loop)
    {
        var start = new Task<Task>(loop);
        scheduler.Schedule(static state => ((Task<Task>)state!).RunSynchronously(TaskScheduler.Default), start);
        return start.Unwrap();
    }

    private async Task ReceiveAsync()
    {
        var writer = _receive.Pipe.Writer;
        Exception? error = null;
        try
        {
            await ReceiveUntilTheEndAsync(writer).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            error = Fail(Ending.OfRead(failure, IsDisposed));
        }

        _receive.Pool?.Abandon();
        await writer.CompleteAsync(error).ConfigureAwait(false);
    }

    private async Task ReceiveUntilTheEndAsync(PipeWriter writer)
    {
        var size = _smallestReceive;
        while (true)
        {
            var buffer = writer.GetMemory(size);
            var count = await _transport.ReceiveAsync(buffer, _closing.Token).ConfigureAwait(false);
            if (count <= 0)
            {
                TrySetShutdown(PipeShutdownKind.ReadEndOfStream);
                return;
            }

            // A full buffer promises more: a large value takes a few large reads instead of many small ones.
            size = count == buffer.Length ? Math.Min(size * 2, LargestReceive) : _smallestReceive;
            Volatile.Write(ref _lastReceived, count);
            Interlocked.Add(ref _received, count);
            writer.Advance(count);
            var handedOver = await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (handedOver.IsCompleted)
            {
                TrySetShutdown(PipeShutdownKind.ReadFlushCompleted);
                return;
            }

            if (handedOver.IsCanceled)
            {
                TrySetShutdown(PipeShutdownKind.ReadFlushCanceled);
                throw new OperationCanceledException();
            }
        }
    }

    private async Task SendAsync()
    {
        var reader = _send.Pipe.Reader;
        Exception? error = null;
        try
        {
            await SendUntilTheEndAsync(reader).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            error = Fail(Ending.OfWrite(failure, IsDisposed));
        }

        _send.Pool?.Abandon();
        await reader.CompleteAsync(error).ConfigureAwait(false);
    }

    private async Task SendUntilTheEndAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (result.IsCanceled)
            {
                throw new OperationCanceledException();
            }

            var buffer = result.Buffer;
            if (buffer.IsEmpty && result.IsCompleted)
            {
                TrySetShutdown(PipeShutdownKind.WriteEndOfStream);
                _transport.EndSending();
                return;
            }

            if (buffer.IsEmpty)
            {
                reader.AdvanceTo(buffer.End);
                continue;
            }

            var count = await _transport.SendAsync(buffer, _closing.Token).ConfigureAwait(false);
            Interlocked.Add(ref _sent, count);
            reader.AdvanceTo(buffer.GetPosition(count));
        }
    }

    private bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    private Exception Fail(Ending ending)
    {
        Interlocked.CompareExchange(ref _socketError, (int)ending.SocketError, (int)SocketError.Success);
        TrySetShutdown(ending.Kind);
        Dispose();
        return ending.Error;
    }
}
