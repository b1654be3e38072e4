using System.Security.Cryptography;

namespace Siro.Gateway.Client.Receiving;

/// <summary>A key of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c>.</summary>
internal sealed class SigningKey
{
    private const string Prefix = "whsec_";
    private readonly byte[] _key;

    private SigningKey(byte[] key) => _key = key;

    /// <summary>Null for what is no secret.</summary>
    public static SigningKey? Parse(string? secret)
    {
        if (secret is null || !secret.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out var length) && length is >= 24 and <= 64
            ? new SigningKey(key[..length])
            : null;
    }

    /// <summary>One of the signatures (space-separated <c>v1,base64</c>) is this key's, compared in constant time.</summary>
    public bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<char> signatures)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, signed, expected);
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var verified = false;
        foreach (var range in new SpaceSeparated(signatures))
        {
            var one = signatures[range];

            // 44 characters are 32 bytes; anything longer would not fit and is no signature.
            if (one.Length == 47 && one.StartsWith("v1,", StringComparison.Ordinal)
                && Convert.TryFromBase64Chars(one[3..], given, out var length) && length == given.Length)
            {
                verified |= CryptographicOperations.FixedTimeEquals(expected, given);
            }
        }

        return verified;
    }

    /// <summary>The ranges between spaces, without an array.</summary>
    private ref struct SpaceSeparated(ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _next;

        public Range Current { get; private set; }

        public readonly SpaceSeparated GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next > _text.Length)
            {
                return false;
            }

            var length = _text[_next..].IndexOf(' ');
            var end = length < 0 ? _text.Length : _next + length;
            Current = _next..end;
            _next = end + 1;
            return true;
        }
    }
}
