using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>An API key: <c>sgw_</c> and 43 characters of base64url (32 random bytes). The gateway knows only its SHA-256.</summary>
internal static class ApiKey
{
    /// <summary>Lets a key be recognised where it should not be (a log, a repository).</summary>
    public const string Prefix = "sgw_";

    /// <summary>What stands before the hex digits in <c>Clients:{name}:ApiKeyHashes</c>.</summary>
    public const string HashPrefix = "sha256:";

    /// <summary>Keys that other tools made may be longer than the gateway's own; beyond this they are none.</summary>
    public const int MaxLength = 512;

    public static Secret Create(Randomness randomness)
    {
        Span<byte> bytes = stackalloc byte[32];
        randomness.Fill(bytes);
        return new Secret(Prefix + Base64Url.EncodeToString(bytes));
    }

    /// <summary>The line for the configuration: <c>sha256:</c> and 64 hex digits.</summary>
    public static string Hash(Secret key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(key.Reveal(), hash);
        return HashPrefix + Convert.ToHexStringLower(hash);
    }

    /// <summary>SHA-256 of the key's characters; false when it is too long to be one.</summary>
    public static bool Digest(string key, Span<byte> hash)
    {
        if (key.Length is 0 or > MaxLength)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxLength * 3];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], hash);
        return true;
    }

    /// <summary>The 32 bytes of a configured hash, or null when it is not of the form.</summary>
    public static byte[]? ParseHash(string configured)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        return configured.StartsWith(HashPrefix, StringComparison.OrdinalIgnoreCase)
            && configured.Length == HashPrefix.Length + (2 * bytes.Length)
            && Convert.FromHexString(
                configured.AsSpan(HashPrefix.Length), bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length
            ? bytes : null;
    }
}
