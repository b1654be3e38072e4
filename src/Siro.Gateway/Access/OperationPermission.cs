using Microsoft.AspNetCore.Authorization;

namespace Siro.Gateway.Access;

/// <summary>
/// The policy of the proxied paths: a caller needs the permission of the operation that its call is, or <c>admin</c>. The endpoint's
/// <see cref="EndpointAccess.PerOperation"/> knows the word.
/// </summary>
internal sealed class OperationPermission : AuthorizationHandler<OperationPermission>, IAuthorizationRequirement
{
    public const string Policy = "operation";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OperationPermission requirement)
    {
        // Who is not authenticated is asked for a credential first, whatever else is wrong with the call.
        if (context is { User: ClientPrincipal client, Resource: HttpContext http }
            && Of(http) is { } permission
            && (client.IsInRole(permission) || client.IsInRole(Permissions.Admin)))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    /// <summary>The word, or null where the endpoint's rule is another.</summary>
    public static string? Of(HttpContext context) =>
        (EndpointAccess.Of(context) as EndpointAccess.PerOperation)?.WordOf(context);
}
