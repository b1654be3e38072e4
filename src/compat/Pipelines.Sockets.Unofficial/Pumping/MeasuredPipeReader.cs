using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>A pipe's reader that knows how many bytes its consumer has taken. A <see cref="Pipe"/> tells nobody what it holds.</summary>
internal sealed class MeasuredPipeReader(PipeReader inner) : PipeReader
{
    private ReadOnlySequence<byte> _lastRead;
    private long _consumed;

    /// <summary>Bytes taken since the start.</summary>
    public long Consumed => Interlocked.Read(ref _consumed);

    public override bool TryRead(out ReadResult result)
    {
        var any = inner.TryRead(out result);
        if (any)
        {
            _lastRead = result.Buffer;
        }

        return any;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var pending = inner.ReadAsync(cancellationToken);
        return pending.IsCompletedSuccessfully ? new(Remember(pending.Result)) : RememberAsync(pending);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Measured first: afterwards the buffers may belong to the next reader.
        var taken = _lastRead.IsEmpty ? 0 : _lastRead.Slice(_lastRead.Start, consumed).Length;
        _lastRead = default;
        inner.AdvanceTo(consumed, examined);
        Interlocked.Add(ref _consumed, taken);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Remember(in ReadResult result)
    {
        _lastRead = result.Buffer;
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> RememberAsync(ValueTask<ReadResult> pending) =>
        Remember(await pending.ConfigureAwait(false));
}
