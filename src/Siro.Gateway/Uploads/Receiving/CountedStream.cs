namespace Siro.Gateway.Uploads;

/// <summary>
/// A request's body that knows its place, so that the multipart reader can say where a part begins; hashes what passes where asked.
/// It can't be moved: it only tells.
/// </summary>
internal sealed class CountedStream(Stream inner, Hasher? hasher) : Stream
{
    private long _position;

    public override bool CanRead => true;

    /// <summary>The multipart reader tells offsets only for streams that say this; it never seeks while reading on.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        hasher?.Append(buffer.Span[..read]);
        _position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
