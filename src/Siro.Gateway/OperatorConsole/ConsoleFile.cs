using System.IO.Compression;
using System.Security.Cryptography;

namespace Siro.Gateway.OperatorConsole;

/// <summary>One file of the console's page, embedded; compressed once, when it is first asked for.</summary>
internal sealed class ConsoleFile
{
    private readonly Lazy<byte[]> _brotli;
    private readonly Lazy<byte[]> _gzip;

    public ConsoleFile(string path, byte[] bytes)
    {
        Path = path;
        Bytes = bytes;
        Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";
        _brotli = new(() => Compress(to => new BrotliStream(to, CompressionLevel.SmallestSize, leaveOpen: true)));
        _gzip = new(() => Compress(to => new GZipStream(to, CompressionLevel.SmallestSize, leaveOpen: true)));
    }

    /// <summary>Below the console's own folder: <c>lib/preact.js</c>.</summary>
    public string Path { get; }

    public byte[] Bytes { get; }

    /// <summary>Its ETag, the same in every replica of one version.</summary>
    public string Tag { get; }

    public byte[] Brotli => _brotli.Value;

    public byte[] Gzip => _gzip.Value;

    public string ContentType => System.IO.Path.GetExtension(Path) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".html" => "text/html; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    private byte[] Compress(Func<Stream, Stream> with)
    {
        using var result = new MemoryStream();
        using (var compressor = with(result))
        {
            compressor.Write(Bytes);
        }

        return result.ToArray();
    }
}
