using System.Collections.Frozen;
using System.Security.Claims;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>
/// The authenticated client, as the framework sees it: its permissions are its roles. One object serves all requests of a client
/// under one configuration, so a call allocates none, and what was decided about it once holds as long as it lives.
/// </summary>
internal sealed class ClientPrincipal(Client client, FrozenSet<string> permissions, string scheme)
    : ClaimsPrincipal(IdentityOf(client, permissions, scheme))
{
    private volatile (Endpoint Endpoint, string? Permission)[] _open = [];
    private Caller? _caller;
    private Tuple<Caller, Caller>? _acting;

    public Client Client => client;

    public FrozenSet<string> Permissions => permissions;

    /// <summary>The same answer as by the claims, without a walk through them.</summary>
    public override bool IsInRole(string role) => permissions.Contains(role);

    /// <summary>Its <see cref="Caller"/> on an organization; the last one is kept.</summary>
    public Caller On(OrganizationKey organization)
    {
        var caller = _caller;
        if (caller is null || caller.Organization != organization)
        {
            _caller = caller = new Caller
            {
                Client = client.Name,
                Organization = organization,
                Permissions = permissions,
                Weight = client.Options.Weight,
                Priority = client.Options.Priority,
            };
        }

        return caller;
    }

    /// <summary>That caller on behalf of a user; the last one is kept.</summary>
    public Caller As(Caller caller, UserId user)
    {
        var acting = _acting;
        if (acting is null || !ReferenceEquals(acting.Item1, caller) || acting.Item2.ActingUser != user)
        {
            _acting = acting = Tuple.Create(caller, caller with { ActingUser = user });
        }

        return acting.Item2;
    }

    /// <summary>
    /// True where authorization has let it in at this endpoint before, by the permission that the call needs where that depends on the
    /// call. Its permissions and the endpoint's policy are the same as then.
    /// </summary>
    public bool WasLetIn(Endpoint endpoint, string? permission)
    {
        foreach (var open in _open)
        {
            if (ReferenceEquals(open.Endpoint, endpoint) && open.Permission == permission)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Remembers that authorization let it in. Two at once may lose one of the two, which is then asked for again.</summary>
    public void LetIn(Endpoint endpoint, string? permission) => _open = [.. _open, (endpoint, permission)];

    private static ClaimsIdentity IdentityOf(Client client, FrozenSet<string> permissions, string scheme) =>
        new([new Claim(ClaimTypes.Name, client.Name.Value), .. permissions.Select(p => new Claim(ClaimTypes.Role, p))], scheme);
}
