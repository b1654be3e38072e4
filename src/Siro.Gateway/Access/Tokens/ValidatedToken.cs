using System.Collections.Frozen;

namespace Siro.Gateway.Access.Tokens;

/// <summary>What the gateway keeps of a token that passed every check.</summary>
/// <param name="ClientIds">Its <c>azp</c>, <c>appid</c>, <c>client_id</c> and <c>sub</c>, in this order.</param>
/// <param name="Roles">Those of its <c>roles</c> that are words of the gateway.</param>
/// <param name="NotBefore">From when it counts, without skew.</param>
/// <param name="Expires">Until when it counts, without skew.</param>
/// <param name="Keys">The keys under which it was found good.</param>
internal sealed record ValidatedToken(IReadOnlyList<string> ClientIds, IReadOnlyList<string> Roles, DateTimeOffset NotBefore, DateTimeOffset Expires, ProviderKeys Keys)
{
    private Tuple<Client, FrozenSet<string>>? _permissions;

    /// <summary>The words that its bearer has as this client; worked out once for each configuration.</summary>
    public FrozenSet<string> PermissionsOf(Client client)
    {
        var known = _permissions;
        if (known is null || !ReferenceEquals(known.Item1, client))
        {
            _permissions = known = Tuple.Create(client, client.PermissionsWith(Roles));
        }

        return known.Item2;
    }
}
