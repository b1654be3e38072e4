using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Siro.Emulator.Webhooks;

/// <summary>Svix's signature: HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c> with the secret's decoded bytes.</summary>
public static class SvixSignature
{
    private const string Prefix = "whsec_";

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <summary>One <c>v1,...</c> signature per secret, separated by spaces.</summary>
    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, params ReadOnlySpan<string> secrets)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        var content = new byte[head.Length + body.Length];
        head.CopyTo(content, 0);
        body.CopyTo(content.AsSpan(head.Length));
        var signatures = new List<string>(secrets.Length);
        foreach (var secret in secrets)
        {
            signatures.Add("v1," + Convert.ToBase64String(HMACSHA256.HashData(Key(secret), content)));
        }

        return string.Join(' ', signatures);
    }

    /// <summary>True when any of the signatures fits the secret.</summary>
    public static bool Verify(string secret, string id, string timestamp, ReadOnlySpan<byte> body, string signatures) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && signatures.Split(' ').Contains(Sign(id, seconds, body, secret), StringComparer.Ordinal);

    private static byte[] Key(string secret) =>
        Convert.FromBase64String(secret.StartsWith(Prefix, StringComparison.Ordinal) ? secret[Prefix.Length..] : secret);
}
