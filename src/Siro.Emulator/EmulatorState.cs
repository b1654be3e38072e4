using System.Collections.Concurrent;
using Siro.Emulator.Access;
using Siro.Emulator.OAuth;
using Siro.Emulator.Recordings;
using Siro.Emulator.Organizations;
using Siro.Emulator.Sync;

namespace Siro.Emulator;

/// <summary>Everything that the emulated Siro remembers.</summary>
public sealed class EmulatorState(EmulatorOptions options)
{
    private readonly ConcurrentDictionary<string, Organization> _organizations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CrmStore> _crm = new(StringComparer.Ordinal);

    public TokenRegistry Tokens { get; } = new(options.Time);

    public RecordingStore Recordings { get; } = new();

    public IEnumerable<Organization> Organizations => _organizations.Values;

    /// <summary>The organization seeded at the start.</summary>
    /// <exception cref="InvalidOperationException">Nothing was seeded.</exception>
    public SeededOrganization Default => _default ?? throw new InvalidOperationException("SeedDefaults is off.");

    private SeededOrganization? _default;

    public Organization? Organization(string id) => _organizations.GetValueOrDefault(id);

    /// <summary>What one organization synced from its CRM.</summary>
    public CrmStore Crm(Organization organization) => _crm.GetOrAdd(organization.Id, _ => new CrmStore(organization, options.Time));

    public Organization AddOrganization(string name, string? id = null)
    {
        var organization = new Organization(id ?? Identifiers.NewUuid(), name);
        _organizations[organization.Id] = organization;
        return organization;
    }

    /// <summary>A whole organization: a token, an OAuth app, users, a CRM connection and two conversation types.</summary>
    public SeededOrganization Seed(
        string name, int users = 3, string? token = null, string? clientSecret = null, string? id = null, string? clientId = null,
        string? firstUserId = null,
        string? clientAppId = null, string? clientAppSecret = null)
    {
        var now = Moment.Now(options.Time);
        var organization = AddOrganization(name, id);
        var people = AddUsers(organization, users, firstUserId);
        var connection = new CrmConnection(Identifiers.NewUuid(), "Custom CRM", "SIRO_CUSTOM_INPUT", now);
        organization.Connections.Add(connection);
        organization.ConversationTypes.Add(new ConversationType(Identifiers.NewUuid(), Identifiers.NewUuid(), "Sales call"));
        organization.ConversationTypes.Add(new ConversationType(Identifiers.NewUuid(), Identifiers.NewUuid(), "Service call"));
        organization.ClientApp = new OAuthApp(
            clientAppId ?? Identifiers.NewUuid(), clientAppSecret ?? Identifiers.NewSecret("siroclientsecret_"), "Siro.Gateway", "", now);
        var app = organization.AddApp("Siro.Gateway", people.Count > 0 ? people[0].Id : "", now, clientSecret, clientId);
        return new SeededOrganization(organization, Tokens.Issue(organization, "gateway", token), app, people, connection);
    }

    /// <summary>Users numbered on from those there are: <c>rep7@example.com</c>, <c>+15550000007</c>, <c>crm-rep-7</c>.</summary>
    public IReadOnlyList<SiroUser> AddUsers(Organization organization, int count, string? firstId = null)
    {
        var now = Moment.Now(options.Time);
        var first = organization.Users.Count + 1;
        var added = new List<SiroUser>(count);
        for (var number = first; number < first + count; number++)
        {
            var user = new SiroUser
            {
                Id = (number == first ? firstId : null) ?? Identifiers.NewUuid(),
                OrganizationId = organization.Id,
                Email = $"rep{number}@example.com",
                PhoneNumber = $"+1555{number:D7}",
                FirstName = "Rep",
                LastName = $"No. {number}",
                ExternalId = $"crm-rep-{number}",
                CreatedAt = now,
            };
            organization.Users.Add(user);
            added.Add(user);
        }

        return added;
    }

    internal void SeedDefault() => _default = Seed(
        "Default", token: options.OrganizationToken, clientSecret: options.ClientSecret,
        id: options.OrganizationId, clientId: options.ClientId, firstUserId: options.UserId,
        clientAppId: options.ClientAppId, clientAppSecret: options.ClientAppSecret);
}
