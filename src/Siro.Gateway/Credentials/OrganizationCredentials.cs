using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>One organization's credentials as configured now.</summary>
/// <param name="Token">The organization token, ready for requests; null where only client credentials are configured.</param>
/// <param name="App">Null where no OAuth app is configured.</param>
/// <param name="Client">The client app; null where its tokens are not in use (<c>Credential: OrganizationToken</c>).</param>
/// <param name="Choice">Which kinds are in use.</param>
/// <param name="DefaultUser">The user of requests that name none.</param>
internal sealed record OrganizationCredential(
    SiroCredential? Token, OAuthApp? App, ClientApp? Client, CredentialChoice Choice, UserId? DefaultUser)
{
    /// <summary>With a client app: a host that refuses its tokens gets the older kind.</summary>
    public bool KeepsOlderKind => Choice == CredentialChoice.Both;
}

/// <summary>
/// The organizations' credentials, made once per configuration and replaced when it changes. An app that did not change
/// stays, with its tokens; a client app even while it is not in use, so that switching to and fro mints nothing twice.
/// </summary>
internal sealed partial class OrganizationCredentials : IDisposable
{
    private readonly Func<OrganizationKey, OAuthAppOptions, OAuthApp> _create;
    private readonly ClientAppFactory _clientApps;
    private readonly ILogger<OrganizationCredentials> _logger;
    private readonly IDisposable _following;
    private readonly Dictionary<OrganizationKey, ClientApp> _clients = [];
    private volatile FrozenDictionary<OrganizationKey, OrganizationCredential> _all =
        FrozenDictionary<OrganizationKey, OrganizationCredential>.Empty;

    public OrganizationCredentials(
        ISettings<SiroOptions> settings, CredentialTimings timings, TimeProvider time, Randomness randomness,
        ILogger<OrganizationCredentials> logger)
    {
        _logger = logger;
        _create = (organization, app) =>
            new OAuthApp(organization, app.ClientId!, app.ClientSecret!, app.TokenLifetime, MintPipeline.For(timings, time, randomness));
        _clientApps = new ClientAppFactory(timings, time, randomness);
        _following = settings.OnChange(Take);
        Take(settings.Current);
    }

    /// <summary>Everything that tokens are minted by.</summary>
    public IEnumerable<TokenIssuer> Issuers => _all.Values.SelectMany(c => new TokenIssuer?[] { c.App, c.Client }).OfType<TokenIssuer>();

    public bool TryFind(OrganizationKey organization, [NotNullWhen(true)] out OrganizationCredential? credential) =>
        _all.TryGetValue(organization, out credential);

    public void Dispose() => _following.Dispose();

    private void Take(SiroOptions options)
    {
        var before = _all;
        _all = options.Organizations.ToFrozenDictionary(o => new OrganizationKey(o.Key), o =>
        {
            var organization = new OrganizationKey(o.Key);
            var old = before.GetValueOrDefault(organization);
            var client = Client(organization, o.Value);
            if (old is not null && old.Choice != o.Value.Credential)
            {
                Log.Switched(_logger, organization, o.Value.Credential);
            }

            return new OrganizationCredential(
                Token(o.Value.OrganizationToken, old), App(organization, o.Value.OAuth, old), client,
                o.Value.Credential, User(o.Value));
        });
    }

    private static SiroCredential? Token(Secret? token, OrganizationCredential? old)
    {
        if (token is null or { IsEmpty: true })
        {
            return null;
        }

        var key = TokenHash.Of(token);
        return old?.Token?.BudgetKey == key ? old.Token : new SiroCredential("Authorization", new Secret("Bearer " + token.Reveal()), key);
    }

    private static UserId? User(OrganizationOptions options) =>
        string.IsNullOrWhiteSpace(options.DefaultUserId) ? null : new UserId(options.DefaultUserId);

    private OAuthApp? App(OrganizationKey organization, OAuthAppOptions? options, OrganizationCredential? old) =>
        options is null ? null
        : old?.App is { } app && app.IsOf(options) ? app
        : _create(organization, options);

    private ClientApp? Client(OrganizationKey organization, OrganizationOptions options)
    {
        if (options.ClientCredentials is not { } configured || options.Credential == CredentialChoice.OrganizationToken)
        {
            return null;
        }

        if (!_clients.TryGetValue(organization, out var client) || !client.IsOf(configured))
        {
            _clients[organization] = client = _clientApps.Create(organization, configured);
        }

        return client;
    }

    private static partial class Log
    {
        [LoggerMessage(1410, LogLevel.Information, "Calls of {Organization} go out with another kind of credential from now on: {Choice}")]
        public static partial void Switched(ILogger logger, OrganizationKey organization, CredentialChoice choice);
    }
}
