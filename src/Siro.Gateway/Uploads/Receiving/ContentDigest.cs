using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>
/// A caller's <c>Content-Digest</c> (RFC 9530): <c>sha-256=:base64:</c>, <c>sha-512=:base64:</c>; other algorithms are passed over, as the
/// RFC allows.
/// </summary>
internal sealed record ContentDigest(byte[]? Sha256, byte[]? Sha512)
{
    /// <summary>The header's digests; null without one that can be checked. Throws 400 <c>invalid_digest</c>.</summary>
    public static ContentDigest? Parse(StringValues header)
    {
        byte[]? sha256 = null, sha512 = null;
        foreach (var member in header.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = member.IndexOf('=', StringComparison.Ordinal);
            var algorithm = equals > 0 ? member[..equals].ToLowerInvariant() : throw Invalid;
            if (algorithm is not ("sha-256" or "sha-512"))
            {
                continue;
            }

            var value = member[(equals + 1)..].Split(';')[0].Trim();
            var bytes = new byte[algorithm is "sha-256" ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes];
            if (value is not [':', .. var base64, ':'] || !Convert.TryFromBase64String(base64, bytes, out var length)
                || length != bytes.Length)
            {
                throw Invalid;
            }

            _ = algorithm is "sha-256" ? sha256 = bytes : sha512 = bytes;
        }

        return sha256 is null && sha512 is null ? null : new ContentDigest(sha256, sha512);
    }

    /// <summary>True when every digest that was sent is that of the bytes.</summary>
    public bool Fits(Hashes hashes) =>
        (Sha256 is null || Sha256.AsSpan().SequenceEqual(hashes.Sha256))
            && (Sha512 is null || Sha512.AsSpan().SequenceEqual(hashes.Sha512));

    private static ProblemException Invalid =>
        new(new Problem(400, "invalid_digest", "Content-Digest must read sha-256=:<base64>: or sha-512=:<base64>: (RFC 9530)."));
}

/// <summary>The hashes of some bytes; SHA-512 only where it was asked for.</summary>
internal sealed record Hashes(byte[] Sha256, byte[]? Sha512);

/// <summary>Hashes bytes as they pass.</summary>
internal sealed class Hasher(bool sha512) : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _sha512 = sha512 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA512) : null;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _sha512?.AppendData(bytes);
    }

    public Hashes Finish() => new(_sha256.GetHashAndReset(), _sha512?.GetHashAndReset());

    public void Dispose()
    {
        _sha256.Dispose();
        _sha512?.Dispose();
    }
}
