using Microsoft.AspNetCore.Authorization;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access;

/// <summary>Who calls, for whom, and what they may do; one line of audit for each call.</summary>
internal static class AccessFeature
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AuthenticationOptions>("Authentication", AuthenticationOptionsValidator.Check);
        builder.AddSettings<ClientsOptions>("Clients", ClientsOptionsValidator.Check);
        builder.Services.AddSingleton<ClientDirectory>();
        builder.Services.AddSingleton<IdentityProvider>();
        builder.Services.AddHealthChecks().AddCheck<IdentityProviderHealthCheck>("identity");
        builder.Services.AddSingleton<RememberingTokenHandler>();
        builder.AddCallerSchemes();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
        builder.Services.AddAuthorization(Policies);
        builder.Services.AddSingleton<ProblemRenderer>();
        builder.Services.AddSingleton<ActingUsers>();
        builder.Services.AddSingleton<EndpointAccessCheck>();

        // The framework's and the forwarder's own request lines carry raw paths and queries; the audit has taken their place.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // Where this logger is on, the framework begins a span and a log scope for every request, which nothing here reads (see
        // CallTraceMiddleware).
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // It also writes a stack for each refusal of the budget and each caller that hangs up; SiroProxy says in a line (1701) what failed
        // on the way.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Critical);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // A token that is too large is answered with its reason, so the headers may be larger than any good token.
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 128 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        builder.Services.AddHostedService(services => services.GetRequiredService<EndpointAccessCheck>());
    }

    /// <summary>Before everything that may refuse, so that refusals are in the audit too.</summary>
    public static void UseAudit(this WebApplication app) => app.UseMiddleware<AuditMiddleware>();

    public static void MapAccess(this WebApplication app)
    {
        app.UseHsts();
        app.FollowSettings();
        app.UseAccess();
        app.Services.GetRequiredService<EndpointAccessCheck>().Watch(app);
        app.MapGet("/v1/me", MeEndpoint.Get).RequireCaller()
            .WithTags("Caller").WithSummary("The caller as the gateway sees it: client, permissions, acting user, budget left");
    }

    /// <summary>
    /// Who calls, on which organization, whether it may, and for whom: in this order, which callers can tell by the reason of a refusal.
    /// </summary>
    internal static void UseAccess(this IApplicationBuilder app)
    {
        app.ApplicationServices.GetRequiredService<KnownCallers>().Use(app, () => app.UseMiddleware<CallerMiddleware>());
        app.UseMiddleware<ActingUserMiddleware>();
    }

    /// <summary>
    /// A policy for each permission, of the same name, and one for the permission of a call's operation: a client's permissions are its
    /// roles, and <c>admin</c> holds all of them.
    /// </summary>
    private static void Policies(AuthorizationOptions options)
    {
        foreach (var permission in Permissions.All)
        {
            options.AddPolicy(permission, policy => policy.RequireRole(permission, Permissions.Admin));
        }

        options.AddPolicy(OperationPermission.Policy, policy => policy.AddRequirements(new OperationPermission()));

        // Nobody may use an endpoint that declares nothing. Routing's own answers (404, 405, 415) are no route endpoints, and guard
        // nothing.
        options.FallbackPolicy = new AuthorizationPolicyBuilder()
            .RequireAssertion(context => context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint)
            .Build();
    }
}
