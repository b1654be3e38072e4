using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Names a token by 128 bits of its SHA-256: the same in every replica, and no way back to the token, which is random itself.
/// </summary>
internal static class TokenHash
{
    public static string Of(Secret token) => Of("siro-gateway token", token);

    /// <param name="purpose">Keeps hashes of one kind of secret apart from those of another.</param>
    public static string Of(string purpose, Secret secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(purpose + "\n" + secret.Reveal())).AsSpan(0, 16));
}
