
namespace Siro.Gateway.Access.Tokens;

/// <summary>What the gateway keeps of a token that passed every check.</summary>
/// <param name="ClientIds">Its <c>azp</c>, <c>appid</c>, <c>client_id</c> and <c>sub</c>, in this order.</param>
/// <param name="Roles">Those of its <c>roles</c> that are words of the gateway.</param>
/// <param name="NotBefore">From when it counts, without skew.</param>
/// <param name="Expires">Until when it counts, without skew.</param>
/// <param name="Keys">The keys under which it was found good.</param>
internal sealed record ValidatedToken(
    IReadOnlyList<string> ClientIds, IReadOnlyList<string> Roles, DateTimeOffset NotBefore, DateTimeOffset Expires, ProviderKeys Keys)
{
    private ClientPrincipal? _principal;

    /// <summary>
    /// Its bearer as this client, with the client's permissions as the token's roles narrow them; made once for each configuration.
    /// </summary>
    public ClientPrincipal PrincipalOf(Client client)
    {
        var known = _principal;
        if (known is null || !ReferenceEquals(known.Client, client))
        {
            _principal = known = new ClientPrincipal(client, client.PermissionsWith(Roles), CallerSchemes.Jwt);
        }

        return known;
    }
}
