using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Polly;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>An organization's OAuth app: mints a token for each of its users and scopes.</summary>
internal sealed class OAuthApp(
    OrganizationKey organization, string clientId, Secret clientSecret, TimeSpan life, ResiliencePipeline<MintResult> pipeline)
    : TokenIssuer(organization, clientId, clientSecret, life, pipeline)
{
    /// <summary>What its tokens are called in metrics and alerts.</summary>
    public const string KindName = "user";

    private readonly ConcurrentDictionary<(UserId User, TokenScope Scope), TokenSlot> _slots = new();

    /// <summary>Names the secret without showing it.</summary>
    public string Version { get; } = TokenKey.VersionOf(clientSecret);

    public override string Noun => "user token";

    public override string Kind => KindName;

    public bool IsOf(OAuthAppOptions options) =>
        options.ClientId == ClientId && ClientSecret.Equals(options.ClientSecret) && options.TokenLifetime == Life;

    public bool TryFind(UserId user, TokenScope scope, [NotNullWhen(true)] out TokenSlot? slot) =>
        _slots.TryGetValue((user, scope), out slot);

    public TokenSlot Slot(UserId user, TokenScope scope)
    {
        if (_slots.TryGetValue((user, scope), out var slot))
        {
            return slot;
        }

        slot = _slots.GetOrAdd((user, scope),
            static (at, app) => new TokenSlot(app, new TokenKey(app.Organization, app.ClientId, app.Version, at.User, at.Scope)), this);
        Add(slot);
        return slot;
    }

    public override CredentialPair Credentials(Secret token, string id)
    {
        var credential = new SiroCredential(SiroCredential.UserTokenHeader, token, id) { Kind = CredentialKind.UserToken };
        return new CredentialPair(credential, credential);
    }

    public override void Remove(TokenSlot slot)
    {
        _slots.TryRemove(KeyValuePair.Create((slot.Key.User, slot.Key.Scope), slot));
        base.Remove(slot);
    }
}
