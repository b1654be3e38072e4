using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// Socket event arguments that can be awaited: one operation at a time, one awaiter per operation.
/// The caller starts the operation; where the socket answers at once (the start returns false), the caller calls
/// <see cref="Complete"/>. After <see cref="Abort"/> the arguments must not be used again, because the socket's own
/// completion may still arrive.
/// </summary>
public sealed class SocketAwaitableEventArgs : SocketAsyncEventArgs, ICriticalNotifyCompletion
{
    private static readonly Action Done = static () => { };

    private readonly PipeScheduler _scheduler;
    private Action? _continuation;
    private int _abortedWith;

    /// <summary>Continuations run on <paramref name="scheduler"/>; null runs them where the socket completes.</summary>
    public SocketAwaitableEventArgs(PipeScheduler? scheduler = null) => _scheduler = scheduler ?? PipeScheduler.Inline;

    /// <summary>Whether the operation has ended.</summary>
    public bool IsCompleted => ReferenceEquals(Volatile.Read(ref _continuation), Done);

    /// <summary>The awaiter is the object itself.</summary>
    public SocketAwaitableEventArgs GetAwaiter() => this;

    /// <summary>The bytes transferred. Throws a <see cref="SocketException"/> where the operation failed or was aborted.</summary>
    public int GetResult()
    {
        var aborted = (SocketError)Volatile.Read(ref _abortedWith);
        var error = aborted == SocketError.Success ? SocketError : aborted;
        Volatile.Write(ref _continuation, null);
        return error == SocketError.Success ? BytesTransferred : throw new SocketException((int)error);
    }

    /// <summary>Ends the operation with <paramref name="error"/>, unless it has ended before.</summary>
    public void Abort(SocketError error = SocketError.OperationAborted)
    {
        if (error == SocketError.Success)
        {
            throw new ArgumentOutOfRangeException(nameof(error), "An abort needs an error.");
        }

        if (IsCompleted)
        {
            return;
        }

        Interlocked.CompareExchange(ref _abortedWith, (int)error, (int)SocketError.Success);
        Complete();
    }

    /// <summary>Ends the operation with what the socket has reported, and wakes the awaiter.</summary>
    public void Complete()
    {
        // Either the awaiter finds the mark, or the mark finds the awaiter: never both, never neither.
        var continuation = Interlocked.Exchange(ref _continuation, Done);
        if (continuation is not null && !ReferenceEquals(continuation, Done))
        {
            Run(continuation);
        }
    }

    /// <inheritdoc />
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc />
    public void UnsafeOnCompleted(Action continuation)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        var before = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (ReferenceEquals(before, Done))
        {
            Run(continuation);
        }
        else if (before is not null)
        {
            throw new InvalidOperationException("One operation has one awaiter.");
        }
    }

    /// <inheritdoc />
    protected override void OnCompleted(SocketAsyncEventArgs e) => Complete();

    private void Run(Action continuation) =>
        _scheduler.Schedule(static state => ((Action)state!).Invoke(), continuation);
}
