using System.Collections.Frozen;
using Microsoft.AspNetCore.Authentication;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>A configured client, made ready for requests.</summary>
internal sealed class Client(string name, ClientOptions options)
{
    private ClientPrincipal? _byKey;
    private Task<AuthenticateResult>? _authenticatedByKey;

    /// <summary>In <c>Organization</c> and <c>Users</c>: any.</summary>
    public const string Any = "*";

    public ClientName Name { get; } = new(name);

    public ClientOptions Options => options;

    /// <summary>The configured words.</summary>
    public FrozenSet<string> Permissions { get; } = options.Permissions.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Its organization; null where it may choose, or where there is only one to have.</summary>
    public OrganizationKey? Organization { get; } = options.Organization is null or Any or ""
        ? null
        : new OrganizationKey(options.Organization);

    public bool ChoosesOrganization => options.Organization is Any;

    /// <summary>It, by one of its API keys: each time the same.</summary>
    public ClientPrincipal ByKey => _byKey ??= new ClientPrincipal(this, Permissions, CallerSchemes.ApiKey);

    /// <summary>What its API keys are answered with, each time the same.</summary>
    public Task<AuthenticateResult> AuthenticatedByKey => _authenticatedByKey ??=
        Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(ByKey, CallerSchemes.ApiKey)));

    public bool ActsForAnyone { get; } = options.Users.Contains(Any, StringComparer.Ordinal);

    /// <summary>
    /// What a caller may do. Roles of its token that are words of the gateway narrow the client's own words and never widen them;
    /// a client without words of its own has those of the roles. <c>admin</c> on either side stands for every word.
    /// </summary>
    public FrozenSet<string> PermissionsWith(IReadOnlyCollection<string> roles)
    {
        if (roles.Count == 0)
        {
            return Permissions;
        }

        if (Permissions.Count == 0)
        {
            return roles.ToFrozenSet(StringComparer.Ordinal);
        }

        var allRoles = roles.Contains(Access.Permissions.Admin);
        var allWords = Permissions.Contains(Access.Permissions.Admin);
        return Access.Permissions.All.Where(p => (allRoles || roles.Contains(p)) && (allWords || Permissions.Contains(p)))
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
