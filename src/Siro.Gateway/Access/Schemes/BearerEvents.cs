using Microsoft.AspNetCore.Authentication.JwtBearer;
using Siro.Gateway.Access.Tokens;

namespace Siro.Gateway.Access.Schemes;

/// <summary>
/// Finds the client of a bearer token that was found good; what the base does are the checks that Microsoft.Identity.Web adds.
/// </summary>
internal sealed class BearerEvents(ClientDirectory clients) : JwtBearerEvents
{
    public override async Task TokenValidated(TokenValidatedContext context)
    {
        await base.TokenValidated(context);
        if (context is not { Result: null, Principal.Identity: TokenIdentity { Token: var token } })
        {
            return;
        }

        if (clients.ById(token.ClientIds) is { } client)
        {
            context.Principal = token.PrincipalOf(client);
        }
        else
        {
            context.Fail(new RefusedCredentialException(Refusals.UnknownClient));
        }
    }
}
