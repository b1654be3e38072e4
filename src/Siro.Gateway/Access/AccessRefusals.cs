using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Authorization.Policy;
using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>Answers whom authentication or an endpoint's policy has refused, with the reason that the scheme or the policy gave.</summary>
internal sealed class AccessRefusals : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult) =>
        authorizeResult.Succeeded ? next(context) : RefuseAsync(context, authorizeResult);

    private static async Task RefuseAsync(HttpContext context, PolicyAuthorizationResult result) =>
        await ProblemResult.WriteAsync(context, await ReasonAsync(context, result));

    private static async Task<Problem> ReasonAsync(HttpContext context, PolicyAuthorizationResult result)
    {
        if (result.Challenged)
        {
            // Asked again, a scheme answers what it answered at the request's beginning.
            var authenticated = await context.AuthenticateAsync();
            return authenticated.Failure is RefusedCredentialException refused ? refused.Problem : Refusals.Unauthenticated;
        }

        return result.AuthorizationFailure?.FailedRequirements.Select(r => Permission(context, r)).OfType<string>().FirstOrDefault()
            is { } permission ? Refusals.PermissionMissing(permission) : Refusals.NoRule;
    }

    /// <summary>The word that a requirement asks for. A permission's own asks for it or admin; it stands first.</summary>
    private static string? Permission(HttpContext context, IAuthorizationRequirement requirement) => requirement switch
    {
        RolesAuthorizationRequirement permission => permission.AllowedRoles.First(),
        OperationPermission => OperationPermission.Of(context),
        _ => null,
    };
}
