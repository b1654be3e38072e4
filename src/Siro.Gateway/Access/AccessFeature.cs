using Siro.Gateway.Access.Audit;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access;

/// <summary>Who calls, for whom, and what they may do; one line of audit for each call.</summary>
internal static class AccessFeature
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AuthenticationOptions>("Authentication", AuthenticationOptionsCheck.Check);
        builder.AddSettings<ClientsOptions>("Clients", ClientsOptionsCheck.Check);
        builder.Services.AddSingleton<ClientDirectory>();
        builder.Services.AddSingleton<IdentityProvider>();
        builder.Services.AddSingleton<TokenValidator>();
        builder.Services.AddSingleton<Authenticator>();
        builder.Services.AddSingleton<IUserDirectory, RosterUserDirectory>();
        builder.Services.AddSingleton<ActingUsers>();
        builder.Services.AddSingleton<EndpointAccessCheck>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EndpointAccessCheck>());
    }

    /// <summary>Before everything that may refuse, so that refusals are in the audit too.</summary>
    public static void UseAudit(this WebApplication app) => app.UseMiddleware<AuditMiddleware>();

    public static void MapAccess(this WebApplication app)
    {
        app.UseMiddleware<AccessMiddleware>();
        app.Services.GetRequiredService<EndpointAccessCheck>().Watch(app);
        app.MapGet("/v1/me", MeEndpoint.Get).RequireCaller();
    }
}
