using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial.Pumping;

/// <summary>A pipe's writer that knows how many bytes its producer has written.</summary>
internal sealed class MeasuredPipeWriter(PipeWriter inner) : PipeWriter
{
    private long _written;

    /// <summary>Bytes written since the start, flushed or not.</summary>
    public long Written => Interlocked.Read(ref _written);

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        inner.Advance(bytes);
        Interlocked.Add(ref _written, bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
