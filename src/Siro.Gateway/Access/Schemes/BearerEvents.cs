using Microsoft.AspNetCore.Authentication.JwtBearer;
using Siro.Gateway.Access.Tokens;

namespace Siro.Gateway.Access.Schemes;

/// <summary>Finds the client of a bearer token: at once where the token was judged before, else after its validation.</summary>
internal sealed class BearerEvents(RememberingTokenHandler tokens, ClientDirectory clients) : JwtBearerEvents
{
    public override Task MessageReceived(MessageReceivedContext context)
    {
        if (tokens.Remembered(Credential.BearerToken(context.Request.Headers.Authorization.ToString())) is not { } known)
        {
            return base.MessageReceived(context);
        }

        if (clients.ById(known.ClientIds) is { } client)
        {
            context.Principal = known.PrincipalOf(client);
            context.Success();
        }
        else
        {
            context.Fail(new RefusedCredentialException(Refusals.UnknownClient));
        }

        return Task.CompletedTask;
    }

    /// <summary>The base's are the checks that Microsoft.Identity.Web adds.</summary>
    public override async Task TokenValidated(TokenValidatedContext context)
    {
        await base.TokenValidated(context);
        if (context is { Result: null, Principal.Identity: TokenIdentity { Token: var token } })
        {
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
}
