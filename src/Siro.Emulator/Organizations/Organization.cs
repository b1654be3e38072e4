using System.Collections.Concurrent;
using Siro.Emulator.Access;
using Siro.Emulator.OAuth;
using Siro.Emulator.Webhooks;

namespace Siro.Emulator.Organizations;

/// <summary>A company that uses Siro.</summary>
public sealed class Organization(string id, string name)
{
    private readonly ConcurrentDictionary<string, OAuthApp> _apps = new(StringComparer.Ordinal);

    public string Id => id;

    public string Name => name;

    /// <summary>Its people.</summary>
    public UserDirectory Users { get; } = new();

    /// <summary>Its CRM connections.</summary>
    public List<CrmConnection> Connections { get; } = [];

    /// <summary>Kinds of conversation that its recordings are measured against.</summary>
    public List<ConversationType> ConversationTypes { get; } = [];

    /// <summary>Where its events are sent.</summary>
    public WebhookEndpoints Webhooks { get; } = new();

    /// <summary>Its client app, which gets tokens for itself.</summary>
    public OAuthApp? ClientApp { get; set; }

    public IEnumerable<OAuthApp> Apps => _apps.Values;

    public OAuthApp? App(string clientId) => _apps.GetValueOrDefault(clientId);

    /// <summary>A new OAuth app; its secret is in the answer, once.</summary>
    public OAuthApp AddApp(string appName, string owner, DateTimeOffset now, string? secret = null, string? clientId = null)
    {
        var app = new OAuthApp(clientId ?? Identifiers.NewUuid(), secret ?? Identifiers.NewSecret("sirosecret_"), appName, owner, now);
        _apps[app.ClientId] = app;
        return app;
    }
}

/// <param name="Platform">Siro's name of the CRM, such as <c>SIRO_CUSTOM_INPUT</c>.</param>
public sealed record CrmConnection(string Id, string Name, string Platform, DateTimeOffset CreatedAt);

/// <param name="Id">The configuration's own id, which is not what recordings and links take.</param>
/// <param name="TypeId">The <c>conversationType</c> that recordings and links take.</param>
public sealed record ConversationType(string Id, string TypeId, string DisplayName);

/// <summary>The organization that exists from the start, and what a caller needs to use it.</summary>
public sealed record SeededOrganization(
    Organization Organization, Token OrganizationToken, OAuthApp App, IReadOnlyList<SiroUser> Users, CrmConnection Connection)
{
    public string Id => Organization.Id;

    public string Token => OrganizationToken.Value;

    public string ClientId => App.ClientId;

    public string ClientSecret => App.ClientSecret;

    /// <summary>The client app (client credentials).</summary>
    public OAuthApp ClientApp => Organization.ClientApp!;

    /// <summary>The first user's id.</summary>
    public string UserId => Users[0].Id;
}
