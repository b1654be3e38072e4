using System.Security.Claims;

namespace Siro.Gateway.Access.Tokens;

/// <summary>Carries a <see cref="ValidatedToken"/> from the token handler to the scheme's events, which find its client.</summary>
internal sealed class TokenIdentity(ValidatedToken token, string scheme) : ClaimsIdentity(
    [.. token.ClientIds.Select(id => new Claim("client_id", id)), .. token.Roles.Select(role => new Claim("roles", role))], scheme,
    "client_id", "roles")
{
    public ValidatedToken Token => token;
}
