using System.IO.Compression;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class DecodedContentTests
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i / 7))];

    public static byte[] Encode(string encoding, byte[] bytes)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = encoding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "zlib" => new ZLibStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new DeflateStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            encoder.Write(bytes);
        }

        return encoded.ToArray();
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("br", "br")]
    [InlineData("deflate", "zlib")]
    [InlineData("deflate", "bare")]
    [InlineData("identity, gzip", "gzip")]
    public async Task What_nobody_asked_to_encode_is_decoded(string header, string encoding) =>
        Assert.Equal(Plain, await ReadAsync(header, Encode(encoding, Plain)));

    [Theory]
    [InlineData("identity")]
    [InlineData("none")]
    [InlineData(null)]
    public async Task What_is_not_encoded_stays(string? header) => Assert.Equal(Plain, await ReadAsync(header, Plain));

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    [InlineData("aes128gcm")]
    public async Task Any_other_encoding_is_refused_by_its_name(string header) =>
        Assert.Equal(header, (await Assert.ThrowsAsync<UnsupportedEncodingException>(() => ReadAsync(header, Plain))).Encoding);

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task What_is_not_encoded_as_it_says_fails_in_one_way(string header) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(header, [.. Enumerable.Repeat((byte)0xFF, 500)]));

    private static async Task<byte[]> ReadAsync(string? header, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        if (header is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", header);
        }

        await using var decoded = await DecodedContent.OpenAsync(content, TestContext.Current.CancellationToken);
        using var all = new MemoryStream();
        await decoded.CopyToAsync(all, TestContext.Current.CancellationToken);
        return all.ToArray();
    }
}
