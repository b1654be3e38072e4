using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Schemes;

/// <summary>
/// Passes by authentication and authorization what they have let in before: a key of a client, or a token that was judged, under settings,
/// keys and clients that are still in force; and that client at that endpoint, by that permission where the call's operation decides. Who
/// is not known, and whatever may be refused, goes through the framework's own parts, which alone decide.
/// </summary>
internal sealed class KnownCallers(ClientDirectory clients, RememberingTokenHandler tokens, ISettings<AuthenticationOptions> settings)
{
    /// <summary>
    /// The mark that the framework's authorization leaves and its endpoints ask for, so that none runs where it did not stand before them.
    /// </summary>
    private const string AuthorizationMark = "__AuthorizationMiddlewareWithEndpointInvoked";

    private static readonly object Passed = new();

    /// <summary>Puts both parts into the pipeline, each with its way around; <paramref name="between"/> comes after the first.</summary>
    public void Use(IApplicationBuilder app, Action between)
    {
        PassBy(app, IsKnown, () => app.UseAuthentication());
        between();
        PassBy(app, MayAgain, () =>
        {
            app.UseAuthorization();
            app.Use(next => context => Remember(context, next));
        });
    }

    /// <summary>Clients are looked up in the configuration as it is now: one that was taken out is not known.</summary>
    private bool IsKnown(HttpContext context)
    {
        if (!EndpointAccess.AsksForCaller(context) || Find(context.Request.Headers) is not { } known)
        {
            return false;
        }

        context.User = known;
        return true;
    }

    private ClientPrincipal? Find(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        var key = headers[Credential.ApiKeyHeader];
        return Credential.Read(authorization, key, settings.Current).Scheme switch
        {
            CallerSchemes.ApiKey => clients.ByApiKey(key.ToString())?.ByKey,
            CallerSchemes.AzureAd or CallerSchemes.Jwt =>
                tokens.Remembered(Credential.BearerToken(authorization.ToString())) is { } token
                    && clients.ById(token.ClientIds) is { } client ? token.PrincipalOf(client) : null,
            _ => null,
        };
    }

    private static bool MayAgain(HttpContext context)
    {
        if (context.User is not ClientPrincipal client || context.GetEndpoint() is not { } endpoint
            || !client.WasLetIn(endpoint, OperationPermission.Of(context)))
        {
            return false;
        }

        context.Items[AuthorizationMark] = Passed;
        return true;
    }

    /// <summary>Comes after authorization: who is here was let in, by policies that look at a client's permissions alone.</summary>
    private static Task Remember(HttpContext context, RequestDelegate next)
    {
        if (context.User is ClientPrincipal client && EndpointAccess.AsksForCaller(context) && context.GetEndpoint() is { } endpoint)
        {
            client.LetIn(endpoint, OperationPermission.Of(context));
        }

        return next(context);
    }

    /// <summary>Where the condition holds, a call goes on behind the part.</summary>
    private static void PassBy(IApplicationBuilder app, Func<HttpContext, bool> when, Action part)
    {
        RequestDelegate? behind = null;
        app.Use(next => context => when(context) ? behind!(context) : next(context));
        part();
        app.Use(next => behind = next);
    }
}
