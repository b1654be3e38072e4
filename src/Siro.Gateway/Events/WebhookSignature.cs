using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>
/// Signatures over <c>{id}.{timestamp}.{raw body}</c> with HMAC-SHA256, written <c>v1,{base64}</c>: Svix's scheme,
/// which Standard Webhooks took over unchanged. Its .NET library takes one key, a fixed tolerance and the system's clock; the tests ask it
/// for its opinion.
/// </summary>
internal static class WebhookSignature
{
    private const string Version = "v1,";

    /// <summary>The signature header's value: one signature for each key, separated by spaces.</summary>
    public static string Sign(IEnumerable<byte[]> keys, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var header = new StringBuilder();
        foreach (var key in keys)
        {
            if (header.Length > 0)
            {
                header.Append(' ');
            }

            header.Append(Version).Append(Convert.ToBase64String(Hmac(key, id, timestamp.ToString(CultureInfo.InvariantCulture), body)));
        }

        return header.ToString();
    }

    /// <summary>
    /// True when one of the header's <c>v1</c> signatures is one of the keys'. Every pair is compared, each in constant time,
    /// so that the time taken tells nothing about which fitted. <paramref name="timestamp"/> is the header's own text: a
    /// reformatted number would be another message.
    /// </summary>
    public static bool Verify(IReadOnlyList<byte[]> keys, string id, string timestamp, ReadOnlySpan<byte> body, string header)
    {
        var fits = false;
        var given = Signatures(header);
        foreach (var key in keys)
        {
            var expected = Hmac(key, id, timestamp, body);
            foreach (var signature in given)
            {
                fits |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return fits;
    }

    /// <summary>The keys of those secrets that have one.</summary>
    public static IReadOnlyList<byte[]> Keys(IEnumerable<Secret> secrets) => [.. secrets.Select(SigningSecret.Key).OfType<byte[]>()];

    // A sender that rotates sends two or three; more would only make this host compute.
    private static List<byte[]> Signatures(string header)
    {
        var signatures = new List<byte[]>(2);
        foreach (var part in header.Split(' ', 16, StringSplitOptions.RemoveEmptyEntries))
        {
            var bytes = new byte[33];
            if (part.StartsWith(Version, StringComparison.Ordinal)
                && part.Length <= 64
                && Convert.TryFromBase64String(part[Version.Length..], bytes, out var length)
                && length == 32)
            {
                signatures.Add(bytes[..32]);
            }
        }

        return signatures;
    }

    private static byte[] Hmac(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        // In one call: no native hash is made and freed for each.
        var length = Encoding.UTF8.GetByteCount(id) + Encoding.UTF8.GetByteCount(timestamp) + 2 + body.Length;
        var signed = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var at = Encoding.UTF8.GetBytes(id, signed);
            signed[at++] = (byte)'.';
            at += Encoding.UTF8.GetBytes(timestamp, signed.AsSpan(at));
            signed[at++] = (byte)'.';
            body.CopyTo(signed.AsSpan(at));
            return HMACSHA256.HashData(key, signed.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
        }
    }
}
