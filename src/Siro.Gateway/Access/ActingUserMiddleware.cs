using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>After authorization: adds to the <see cref="Caller"/> the Siro user on whose behalf it acts, or refuses the call.</summary>
internal sealed class ActingUserMiddleware(RequestDelegate next, ActingUsers actingUsers)
{
    public const string UserHeader = "Siro-User";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.CallerOrNull() is { } caller && context.User is ClientPrincipal { Client: var client })
        {
            var headers = context.Request.Headers;
            var named = headers.TryGetValue(UserHeader, out var user) ? user.ToString() : null;
            var (actingUser, problem) = await actingUsers.DecideAsync(client, caller.Organization, named, NeedsUser(context), context.RequestAborted);
            if (problem is not null)
            {
                await ProblemResult.WriteAsync(context, problem);
                return;
            }

            if (actingUser is not null)
            {
                context.SetCaller(caller with { ActingUser = actingUser });
            }
        }

        await next(context);
    }

    /// <summary>Whether a default user that can't be looked up ends the call.</summary>
    private static bool NeedsUser(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>() switch
    {
        EndpointAccess.Permission => true,
        EndpointAccess.PerOperation { NeedsUser: var needsUser } => needsUser,
        _ => false,
    };
}
