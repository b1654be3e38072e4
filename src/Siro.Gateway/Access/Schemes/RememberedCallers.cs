using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Schemes;

/// <summary>
/// Stands before the framework's authentication service: a credential that the schemes would let in again is answered with the result that is kept for its client,
/// without handlers, tickets and principals made for the one request. Everything else, and every refusal, is the schemes' own.
/// </summary>
internal sealed class RememberedCallers(Type schemes, ClientDirectory clients, RememberingTokenHandler tokens, ISettings<AuthenticationOptions> settings) : IAuthenticationService
{
    /// <summary>Puts it in the place of the service that is registered.</summary>
    public static void Add(IServiceCollection services)
    {
        var registered = services.Last(s => s.ServiceType == typeof(IAuthenticationService));
        services.Remove(registered);
        services.AddScoped(registered.ImplementationType!);
        services.AddSingleton<IAuthenticationService>(all => ActivatorUtilities.CreateInstance<RememberedCallers>(all, registered.ImplementationType!));
    }

    public Task<AuthenticateResult> AuthenticateAsync(HttpContext context, string? scheme) =>
        scheme is null or CallerSchemes.Caller && EndpointAccess.AsksForCaller(context) && IsRemembered(context.Request.Headers, out var known)
            ? known
            : Schemes(context).AuthenticateAsync(context, scheme);

    public Task ChallengeAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => Schemes(context).ChallengeAsync(context, scheme, properties);

    public Task ForbidAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => Schemes(context).ForbidAsync(context, scheme, properties);

    public Task SignInAsync(HttpContext context, string? scheme, ClaimsPrincipal principal, AuthenticationProperties? properties) =>
        Schemes(context).SignInAsync(context, scheme, principal, properties);

    public Task SignOutAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => Schemes(context).SignOutAsync(context, scheme, properties);

    /// <summary>Clients are looked up in the configuration as it is now: one that was taken out is not remembered.</summary>
    private bool IsRemembered(IHeaderDictionary headers, [NotNullWhen(true)] out Task<AuthenticateResult>? known)
    {
        known = Credential.Read(headers, settings.Current).Scheme switch
        {
            CallerSchemes.ApiKey => clients.ByApiKey(headers[Credential.ApiKeyHeader].ToString())?.AuthenticatedByKey,
            CallerSchemes.AzureAd or CallerSchemes.Jwt =>
                tokens.Remembered(Credential.BearerToken(headers.Authorization.ToString())) is { } token && clients.ById(token.ClientIds) is { } client
                    ? token.AuthenticatedAs(client)
                    : null,
            _ => null,
        };
        return known is not null;
    }

    private IAuthenticationService Schemes(HttpContext context) => (IAuthenticationService)context.RequestServices.GetRequiredService(schemes);
}
