using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Siro.Gateway.Access.Tokens;

/// <summary>What the identity provider says of itself, as it was read once.</summary>
internal sealed class ProviderKeys
{
    public ProviderKeys(AuthenticationOptions source, IReadOnlyList<string> issuers, IEnumerable<JsonWebKey> keys, DateTimeOffset readAt)
    {
        Source = source;
        Issuers = issuers;
        ReadAt = readAt;

        // A symmetric key in a public document would be a secret that everybody knows.
        var usable = keys.Where(k => k.Kty is "RSA" or "EC" && k.Use is null or "" or "sig").ToArray();
        All = [.. usable];
        ById = usable.Where(k => !string.IsNullOrEmpty(k.Kid)).GroupBy(k => k.Kid, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.Cast<SecurityKey>().ToArray(), StringComparer.Ordinal);
        Fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n', issuers.Concat(usable.Select(k => $"{k.Kid} {k.Kty} {k.N} {k.E} {k.Crv} {k.X} {k.Y}").Order(StringComparer.Ordinal))))));
    }

    /// <summary>The settings under which it was read.</summary>
    public AuthenticationOptions Source { get; }

    public IReadOnlyList<string> Issuers { get; }

    public DateTimeOffset ReadAt { get; }

    public SecurityKey[] All { get; }

    public FrozenDictionary<string, SecurityKey[]> ById { get; }

    /// <summary>Equal as long as issuer and keys are; results that were found under another one no longer count.</summary>
    public string Fingerprint { get; }

    /// <summary>The keys that may have signed a token; none when it names one that is not known.</summary>
    public SecurityKey[] For(string? keyId) =>
        string.IsNullOrEmpty(keyId) ? All : ById.TryGetValue(keyId, out var keys) ? keys : [];
}
