using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Siro.Gateway.Access.Tokens;

/// <summary>What the identity provider says of itself, as it was read once.</summary>
internal sealed class ProviderKeys
{
    public ProviderKeys(string rules, IReadOnlyList<string> issuers, OpenIdConnectConfiguration metadata, TimeSpan readAt)
    {
        Rules = rules;
        Issuers = issuers;
        ReadAt = readAt;

        // A symmetric key in a public document would be a secret that everybody knows.
        var usable = metadata.JsonWebKeySet.Keys.Where(k => k.Kty is "RSA" or "EC" && k.Use is null or "" or "sig").ToArray();
        All = [.. usable];
        var configuration = new OpenIdConnectConfiguration { Issuer = metadata.Issuer, JwksUri = metadata.JwksUri,
            AuthorizationEndpoint = metadata.AuthorizationEndpoint, TokenEndpoint = metadata.TokenEndpoint,
            JsonWebKeySet = new JsonWebKeySet() };
        foreach (var key in usable)
        {
            configuration.JsonWebKeySet.Keys.Add(key);
            configuration.SigningKeys.Add(key);
        }

        Metadata = configuration;
        Configuration = new StaticConfigurationManager<OpenIdConnectConfiguration>(configuration);
        ById = usable.Where(k => !string.IsNullOrEmpty(k.Kid)).GroupBy(k => k.Kid, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.Cast<SecurityKey>().ToArray(), StringComparer.Ordinal);
        Fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n',
                issuers.Concat(usable.Select(k => $"{k.Kid} {k.Kty} {k.N} {k.E} {k.Crv} {k.X} {k.Y}").Order(StringComparer.Ordinal))))));
    }

    /// <summary>The <see cref="AuthenticationOptions.Rules"/> under which it was read.</summary>
    public string Rules { get; }

    public IReadOnlyList<string> Issuers { get; }

    /// <summary>By the clock of the one who read it that no step moves.</summary>
    public TimeSpan ReadAt { get; }

    /// <summary>The provider's metadata, with the usable keys alone.</summary>
    public OpenIdConnectConfiguration Metadata { get; }

    /// <summary>The same, as IdentityModel takes it for a validation.</summary>
    public BaseConfigurationManager Configuration { get; }

    public SecurityKey[] All { get; }

    public FrozenDictionary<string, SecurityKey[]> ById { get; }

    /// <summary>Equal as long as issuer and keys are; results that were found under another one no longer count.</summary>
    public string Fingerprint { get; }

    /// <summary>The keys that may have signed a token; none when it names one that is not known.</summary>
    public SecurityKey[] For(string? keyId) =>
        string.IsNullOrEmpty(keyId) ? All : ById.TryGetValue(keyId, out var keys) ? keys : [];
}
