using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;
using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Tests.Uploads;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("\"8e03978e\"", "8e03978e")]
    [InlineData("8e03978e", "8e03978e")]
    [InlineData("\"a\\\"b\"", "a\"b")]
    public void An_idempotency_key_is_taken_quoted_or_bare(string header, string key) => Assert.Equal(key, Key(header)!.Value.Value);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("\"\"")]
    [InlineData("k\u00e9y")]
    public void A_key_that_is_none_is_refused(string header) =>
        Assert.Equal("invalid_idempotency_key", Assert.Throws<ProblemException>(() => Key(header)).Problem.Code);

    [Fact]
    public void Keys_of_different_clients_never_meet()
    {
        Assert.NotEqual(new IdempotencyKey("bc").Hash(new ClientName("a")), new IdempotencyKey("c").Hash(new ClientName("ab")));
        Assert.Equal(new IdempotencyKey("k").Hash(new ClientName("a")), new IdempotencyKey("k").Hash(new ClientName("a")));
    }

    [Fact]
    public void A_content_digest_fits_only_its_own_bytes()
    {
        var digest = ContentDigest.Parse($"sha-256=:{Convert.ToBase64String(SHA256.HashData("audio"u8))}:, "
            + $"sha-512=:{Convert.ToBase64String(SHA512.HashData("audio"u8))}:, crc32c=:AAAAAA==:")!;

        Assert.True(digest.Fits(Hash("audio"u8)));
        Assert.False(digest.Fits(Hash("other"u8)));
    }

    [Theory]
    [InlineData("sha-256=abc")]
    [InlineData("sha-256=:abc:")]
    [InlineData("sha-256")]
    public void A_digest_that_is_none_is_refused(string header) =>
        Assert.Equal("invalid_digest", Assert.Throws<ProblemException>(() => ContentDigest.Parse(header)).Problem.Code);

    [Theory]
    [InlineData("")]
    [InlineData("md5=:AAAA:")]
    public void A_digest_of_an_unknown_algorithm_is_passed_over(string header) => Assert.Null(ContentDigest.Parse(header));

    private static Hashes Hash(ReadOnlySpan<byte> bytes) => new(SHA256.HashData(bytes), SHA512.HashData(bytes));

    private static IdempotencyKey? Key(string header)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["Idempotency-Key"] = header;
        return IdempotencyKey.Of(request);
    }
}
