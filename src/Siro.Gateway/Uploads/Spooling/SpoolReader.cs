namespace Siro.Gateway.Uploads.Spooling;

/// <summary>Somebody who reads a spool file, from one thread, until it is disposed.</summary>
internal sealed class SpoolReader(SpoolFile file) : IDisposable
{
    private bool _disposed;

    /// <inheritdoc cref="SpoolFile.Length"/>
    public long Length => file.Length;

    /// <inheritdoc cref="SpoolFile.Checksum"/>
    public uint Checksum => file.Checksum;

    /// <inheritdoc cref="SpoolFile.Bytes"/>
    public ReadOnlyMemory<byte> Bytes(long offset, int most, Memory<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return file.Bytes(offset, most, buffer);
    }

    /// <inheritdoc cref="SpoolFile.WaitForAsync"/>
    public ValueTask WaitForAsync(long length, CancellationToken cancellationToken) => file.WaitForAsync(length, cancellationToken);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            file.EndReading();
        }
    }
}
