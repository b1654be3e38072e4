using System.Security.Cryptography;
using Siro.Gateway.Common;

namespace Siro.Gateway.Subscriptions;

/// <summary>A signing secret in the form that Svix and Standard Webhooks share: <c>whsec_</c> and base64.</summary>
internal static class SigningSecret
{
    /// <summary>What every secret starts with.</summary>
    public const string Prefix = "whsec_";

    /// <summary>Least bytes of a subscriber's key (Standard Webhooks: "between 24 bytes and 64 bytes").</summary>
    public const int LeastBytes = 24;

    /// <summary>Most bytes of a subscriber's key.</summary>
    public const int MostBytes = 64;

    /// <summary>A new one of 32 random bytes.</summary>
    public static Secret New(Randomness randomness)
    {
        Span<byte> key = stackalloc byte[32];
        randomness.Fill(key);
        var secret = new Secret(Prefix + Convert.ToBase64String(key));
        CryptographicOperations.ZeroMemory(key);
        return secret;
    }

    /// <summary>The key inside, or null when the text is no such secret.</summary>
    public static byte[]? Key(Secret secret)
    {
        var text = secret.Reveal();
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length > 0 ? key[..length] : null;
    }

    /// <summary>True for a secret that a subscription may have: with prefix, 24 to 64 bytes.</summary>
    public static bool IsGoodForSubscribers(Secret secret) =>
        secret.Reveal().StartsWith(Prefix, StringComparison.Ordinal) && Key(secret) is { Length: >= LeastBytes and <= MostBytes };
}
