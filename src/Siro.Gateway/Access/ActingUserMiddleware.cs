using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>After authorization: adds to the <see cref="Caller"/> the Siro user on whose behalf it acts, or refuses the call.</summary>
internal sealed class ActingUserMiddleware(RequestDelegate next, ActingUsers actingUsers)
{
    public const string UserHeader = "Siro-User";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.CallerOrNull() is not { } caller || context.User is not ClientPrincipal client)
        {
            return next(context);
        }

        var named = context.Request.Headers.TryGetValue(UserHeader, out var user) ? user.ToString() : null;
        var deciding = actingUsers.DecideAsync(client.Client, caller.Organization, named, NeedsUser(context), context.RequestAborted);
        return deciding.IsCompletedSuccessfully
            ? GoOnAsync(context, client, caller, deciding.Result)
            : WaitAsync(context, client, caller, deciding);
    }

    private async Task WaitAsync(
        HttpContext context, ClientPrincipal client, Caller caller, ValueTask<(UserId? User, Problem? Problem)> deciding) =>
        await GoOnAsync(context, client, caller, await deciding);

    private Task GoOnAsync(HttpContext context, ClientPrincipal client, Caller caller, (UserId? User, Problem? Problem) decided)
    {
        if (decided.Problem is { } problem)
        {
            return ProblemResult.WriteAsync(context, problem);
        }

        if (decided.User is { } actingUser)
        {
            context.SetCaller(client.As(caller, actingUser));
        }

        return next(context);
    }

    /// <summary>Whether a default user that can't be looked up ends the call.</summary>
    private static bool NeedsUser(HttpContext context) => EndpointAccess.Of(context) switch
    {
        EndpointAccess.Permission { NeedsUser: var needsUser } => needsUser,
        EndpointAccess.PerOperation { NeedsUser: var needsUser } => needsUser,
        _ => false,
    };
}
