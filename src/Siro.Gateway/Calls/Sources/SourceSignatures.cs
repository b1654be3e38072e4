using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.Calls.Sources;

/// <summary>The arithmetic that providers share; comparisons take the same time whatever differs.</summary>
internal static class SourceSignatures
{
    public static byte[] Hmac(string algorithm, Secret secret, ReadOnlySpan<byte> content)
    {
        var key = Encoding.UTF8.GetBytes(secret.Reveal());
        return algorithm switch
        {
#pragma warning disable CA5350 // Twilio's published scheme, and others that an operator names.
            "hmac-sha1" => HMACSHA1.HashData(key, content),
#pragma warning restore CA5350
            "hmac-sha512" => HMACSHA512.HashData(key, content),
            _ => HMACSHA256.HashData(key, content),
        };
    }

    public static string Encode(string encoding, byte[] hash) => encoding switch
    {
        "base64" => Convert.ToBase64String(hash),
        "base64url" => Base64Url.EncodeToString(hash),
        _ => Convert.ToHexStringLower(hash),
    };

    public static bool Same(string expected, string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    public static bool Same(Secret expected, string? given) => given is not null && expected.Equals(new Secret(given));

    /// <summary>Unix time in seconds or milliseconds (told apart by size), within the tolerance on both sides.</summary>
    public static bool IsFresh(string? timestamp, DateTimeOffset now, TimeSpan tolerance) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && UnixTime(number) is { } at && (now - at).Duration() <= tolerance;

    /// <summary>A Unix time in seconds, or in milliseconds where it would lie beyond the year 5138 in seconds.</summary>
    public static DateTimeOffset? UnixTime(long number) => number switch
    {
        < 0 or > 253_402_300_799_999 => null,
        < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(number),
        _ => DateTimeOffset.FromUnixTimeMilliseconds(number),
    };
}
