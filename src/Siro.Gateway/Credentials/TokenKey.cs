using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Names one minted token: whose Siro, by which OAuth app and which secret of it, for which user, for what.
/// All of it belongs into the key: a token of another scope, or of a secret that was replaced, is another token.
/// </summary>
internal sealed class TokenKey
{
    public TokenKey(OrganizationKey organization, string clientId, string version, UserId user, TokenScope scope)
    {
        Organization = organization;
        User = user;
        Scope = scope;
        Context = Join("siro user token", organization.Value, clientId, version, user.Value, scope == TokenScope.Read ? "read" : "write");
        Name = NameOf(Context);
    }

    private TokenKey(OrganizationKey organization, string context)
    {
        Organization = organization;
        Scope = TokenScope.Write;
        Context = context;
        Name = NameOf(context);
    }

    /// <summary>The key of a client app's one token: of no user, for every verb.</summary>
    public static TokenKey OfClient(OrganizationKey organization, string clientId, string version) =>
        new(organization, Join("siro client token", organization.Value, clientId, version));

    public OrganizationKey Organization { get; }

    public UserId User { get; }

    public TokenScope Scope { get; }

    /// <summary>
    /// All parts, each with its length in front, so that no two keys read alike. Bound to the encrypted token as associated data.
    /// </summary>
    public string Context { get; }

    /// <summary>A hash of the context: what key names and notifications carry.</summary>
    public string Name { get; }

    /// <summary>Names a secret's version without showing it: tokens made with a replaced secret are not found any more.</summary>
    public static string VersionOf(Secret clientSecret) => TokenHash.Of("siro-gateway client secret", clientSecret);

    private static string NameOf(string context) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)).AsSpan(0, 16));

    private static string Join(params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part},");
        }

        return text.ToString();
    }
}
