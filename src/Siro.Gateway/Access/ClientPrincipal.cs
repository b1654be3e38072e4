using System.Collections.Frozen;
using System.Security.Claims;

namespace Siro.Gateway.Access;

/// <summary>
/// The authenticated client, as the framework sees it: its permissions are its roles. One object serves all requests of a client
/// under one configuration, so a call allocates none.
/// </summary>
internal sealed class ClientPrincipal(Client client, FrozenSet<string> permissions, string scheme) : ClaimsPrincipal(IdentityOf(client, permissions, scheme))
{
    public Client Client => client;

    public FrozenSet<string> Permissions => permissions;

    /// <summary>The same answer as by the claims, without a walk through them.</summary>
    public override bool IsInRole(string role) => permissions.Contains(role);

    private static ClaimsIdentity IdentityOf(Client client, FrozenSet<string> permissions, string scheme) =>
        new([new Claim(ClaimTypes.Name, client.Name.Value), .. permissions.Select(p => new Claim(ClaimTypes.Role, p))], scheme);
}
