using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>
/// A request's body that knows its place, so that the multipart reader can say where a part begins; hashes what passes where asked.
/// It can't be moved: it only tells.
/// </summary>
internal sealed class CountedStream(Stream inner, Hasher? hasher) : ReadingStream
{
    private long _position;

    /// <summary>The multipart reader tells offsets only for streams that say this; it never seeks while reading on.</summary>
    public override bool CanSeek => true;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Count(buffer, reading.Result)) : CountAsync(buffer, reading);
    }

    private async ValueTask<int> CountAsync(Memory<byte> buffer, ValueTask<int> reading) => Count(buffer, await reading);

    private int Count(Memory<byte> buffer, int read)
    {
        hasher?.Append(buffer.Span[..read]);
        _position += read;
        return read;
    }
}
