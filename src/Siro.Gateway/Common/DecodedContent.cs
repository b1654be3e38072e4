using System.IO.Compression;

namespace Siro.Gateway.Common;

/// <summary>An answer was encoded in a way that nobody asked for and nobody here reads.</summary>
internal sealed class UnsupportedEncodingException(string encoding) : Exception($"The answer's Content-Encoding is '{encoding}'")
{
    /// <summary>Its name, as far as it can be shown.</summary>
    public string Encoding => encoding;
}

/// <summary>
/// An answer's body without the Content-Encoding that some servers apply although nobody asked for it (RFC 9110, 8.4). Decoded as it is
/// read, so that whoever counts what he reads bounds what a small body can swell to. What can't be decoded ends with
/// <see cref="InvalidDataException"/>.
/// </summary>
internal static class DecodedContent
{
    private const int MostShown = 40;

    /// <summary>True when the body is encoded, so that its Content-Length says nothing about what is read.</summary>
    public static bool IsEncoded(HttpContent content) => Encodings(content).Count > 0;

    /// <summary>The decoded body. Throws <see cref="UnsupportedEncodingException"/> for anything but one of gzip, deflate and br.</summary>
    public static async Task<Stream> OpenAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var encodings = Encodings(content);
        if (encodings.Count > 0 && (encodings.Count > 1 || encodings[0] is not ("gzip" or "x-gzip" or "deflate" or "br")))
        {
            var name = string.Concat(string.Join(", ", encodings).Take(MostShown).Select(c => c is >= ' ' and <= '~' ? c : '?'));
            throw new UnsupportedEncodingException(name);
        }

        var body = await content.ReadAsStreamAsync(cancellationToken);
        return encodings switch
        {
            ["gzip" or "x-gzip"] => new Decoded(new GZipStream(body, CompressionMode.Decompress)),
            ["br"] => new Decoded(new BrotliStream(body, CompressionMode.Decompress)),
            ["deflate"] => new Decoded(await InflateAsync(body, cancellationToken)),
            _ => body,
        };
    }

    private static List<string> Encodings(HttpContent content) =>
        [.. content.Headers.ContentEncoding.Select(e => e.Trim().ToLowerInvariant()).Where(e => e is not ("" or "identity" or "none"))];

    /// <summary>The RFC means zlib's format; some servers send the bare one. The first two bytes tell them apart (RFC 1950, 2.2).</summary>
    private static async Task<Stream> InflateAsync(Stream body, CancellationToken cancellationToken)
    {
        var head = new byte[2];
        var read = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        var whole = new PrefixedStream(head.AsMemory(0, read), body);
        return read == 2 && (head[0] & 0x0F) == 8 && ((head[0] << 8) | head[1]) % 31 == 0
            ? new ZLibStream(whole, CompressionMode.Decompress)
            : new DeflateStream(whole, CompressionMode.Decompress);
    }

    /// <summary>The decoders fail in several ways; here in one.</summary>
    private sealed class Decoded(Stream decoder) : ReadingStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await decoder.ReadAsync(buffer, cancellationToken);
            }
            catch (InvalidOperationException e)
            {
                throw new InvalidDataException("The encoded body is damaged.", e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                decoder.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
