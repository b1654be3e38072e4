using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Proxy;

/// <summary>
/// A request's body with its limit, in place of Kestrel's own: beyond that one nothing more can be read, not even to be thrown away.
/// An endpoint sets <see cref="MaxRequestBodySize"/> as it would Kestrel's; more is a <see cref="BadHttpRequestException"/> with 413.
/// </summary>
internal sealed class BodyLimit(Stream body, long? declared, long? maxBytes) : ReadingStream, IHttpMaxRequestBodySizeFeature
{
    private long _read;

    /// <summary>The limit in bytes; null for none. It can be changed at any time.</summary>
    public long? MaxRequestBodySize { get; set; } = maxBytes;

    public bool IsReadOnly => false;

    /// <summary>Bytes that were not read yet; as many as can be where the request does not say how long its body is.</summary>
    public long Unread => (declared ?? long.MaxValue) - _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Check(declared ?? 0);
        int read;
        try
        {
            read = await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // A chunk's size beyond an int, a connection that broke: whatever the server calls it, it is the caller's body that can't be
            // read.
            throw new BadHttpRequestException("The request's body could not be read.", e);
        }

        _read += read;
        Check(_read);
        return read;
    }

    private void Check(long length)
    {
        if (length > MaxRequestBodySize)
        {
            throw new BadHttpRequestException("The request's body is too large.", StatusCodes.Status413PayloadTooLarge);
        }
    }
}
