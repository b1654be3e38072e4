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

        // A permission's policy asks for its word or admin; the word stands first.
        return result.AuthorizationFailure?.FailedRequirements.OfType<RolesAuthorizationRequirement>().FirstOrDefault() is { } permission
            ? Refusals.PermissionMissing(permission.AllowedRoles.First())
            : Refusals.NoRule;
    }
}
