using Polly;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// An organization's client app (OAuth client credentials): one token for the whole organization, for every host. On <c>external</c> it
/// goes as Bearer, on the others as <c>x-siro-auth-token</c>.
/// </summary>
internal sealed class ClientApp : TokenIssuer
{
    private readonly string _version;

    public ClientApp(
        OrganizationKey organization, ClientCredentialsOptions options, ResiliencePipeline<MintResult> pipeline, HostRefusals refusals)
        : base(organization, options.ClientId!, options.ClientSecret!, options.TokenLifetime, pipeline)
    {
        Options = options;
        Refusals = refusals;
        _version = VersionOf(options);
        Slot = new TokenSlot(this, TokenKey.OfClient(organization, ClientId, _version));
        Add(Slot);
    }

    /// <summary>Where and how its tokens are asked for.</summary>
    public ClientCredentialsOptions Options { get; }

    /// <summary>Which hosts take no client token just now.</summary>
    public HostRefusals Refusals { get; }

    /// <summary>Its one token.</summary>
    public TokenSlot Slot { get; }

    public override string Noun => "client token";

    public override string Kind => "client";

    public bool IsOf(ClientCredentialsOptions options) => options.TokenLifetime == Life && VersionOf(options) == _version;

    public override CredentialPair Credentials(Secret token, string id) => new(
        new SiroCredential("Authorization", new Secret("Bearer " + token.Reveal()), id) { Kind = CredentialKind.ClientToken },
        new SiroCredential(SiroCredential.UserTokenHeader, token, id) { Kind = CredentialKind.ClientToken });

    /// <summary>The slot stays: there is only the one.</summary>
    public override void Remove(TokenSlot slot)
    {
    }

    /// <summary>Names everything that decides what token is given, without showing the secret.</summary>
    private static string VersionOf(ClientCredentialsOptions options) => TokenHash.Of(
        "siro-gateway client app",
        new Secret(string.Join('\n', [
            options.ClientSecret!.Reveal(), options.ClientId, options.TokenAddress, options.Scope, options.Authentication.ToString(),
            options.GrantTypeField, options.ClientIdField,
            options.ClientSecretField, options.ScopeField, options.AccessTokenField, options.ExpiresInField, options.TokenTypeField,
            options.ErrorField,
            .. options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => new[] { p.Key, p.Value })])));
}
