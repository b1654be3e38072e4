using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>One organization's credentials as configured now.</summary>
/// <param name="Token">The organization token, ready for requests.</param>
/// <param name="App">Null where no OAuth app is configured.</param>
/// <param name="DefaultUser">The user of requests that name none.</param>
internal sealed record OrganizationCredential(SiroCredential Token, OAuthApp? App, UserId? DefaultUser);

/// <summary>
/// The organizations' credentials, made once per configuration and replaced when it changes. An app that did not change
/// stays, with its tokens.
/// </summary>
internal sealed class OrganizationCredentials : IDisposable
{
    private readonly Func<OrganizationKey, OAuthAppOptions, OAuthApp> _create;
    private readonly IDisposable _following;
    private volatile FrozenDictionary<OrganizationKey, OrganizationCredential> _all = FrozenDictionary<OrganizationKey, OrganizationCredential>.Empty;

    public OrganizationCredentials(ISettings<SiroOptions> settings, CredentialTimings timings, TimeProvider time, Randomness randomness)
    {
        _create = (organization, app) => new OAuthApp(organization, app.ClientId!, app.ClientSecret!, app.TokenLifetime, MintPipeline.For(timings, time, randomness));
        _following = settings.OnChange(Take);
        Take(settings.Current);
    }

    public IEnumerable<OAuthApp> Apps => _all.Values.Select(c => c.App).OfType<OAuthApp>();

    public bool TryFind(OrganizationKey organization, [NotNullWhen(true)] out OrganizationCredential? credential) => _all.TryGetValue(organization, out credential);

    public void Dispose() => _following.Dispose();

    private void Take(SiroOptions options)
    {
        var before = _all;
        _all = options.Organizations.ToFrozenDictionary(o => new OrganizationKey(o.Key), o =>
        {
            var organization = new OrganizationKey(o.Key);
            var old = before.GetValueOrDefault(organization);
            return new OrganizationCredential(Token(o.Value.OrganizationToken!, old), App(organization, o.Value.OAuth, old), User(o.Value));
        });
    }

    private static SiroCredential Token(Secret token, OrganizationCredential? old)
    {
        var key = TokenHash.Of(token);
        return old?.Token.BudgetKey == key ? old.Token : new SiroCredential("Authorization", new Secret("Bearer " + token.Reveal()), key);
    }

    private static UserId? User(OrganizationOptions options) =>
        string.IsNullOrWhiteSpace(options.DefaultUserId) ? null : new UserId(options.DefaultUserId);

    private OAuthApp? App(OrganizationKey organization, OAuthAppOptions? options, OrganizationCredential? old) =>
        options is null ? null
        : old?.App is { } app && app.IsOf(options) ? app
        : _create(organization, options);
}
