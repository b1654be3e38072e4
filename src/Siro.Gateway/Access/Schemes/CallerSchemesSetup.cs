using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Schemes;

/// <summary>Registers the authentication schemes.</summary>
internal static class CallerSchemesSetup
{
    public static void AddCallerSchemes(this WebApplicationBuilder builder)
    {
        var services = builder.Services;

        // Before the schemes' own set-up; see there.
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, BearerSetup>();
        services.AddOptions<PolicySchemeOptions>(CallerSchemes.Caller).Configure<ISettings<AuthenticationOptions>>((options, settings) =>
            options.ForwardDefaultSelector = context =>
                !EndpointAccess.AsksForCaller(context) ? CallerSchemes.Refused
                : Credential.IsSession(context) ? CallerSchemes.ConsoleSession
                : Credential.Read(context.Request.Headers, settings.Current).Scheme);
        services.AddOptions<MicrosoftIdentityOptions>(
            CallerSchemes.AzureAd).Configure<ISettings<AuthenticationOptions>>((options, settings) =>
        {
            var azure = settings.Current.AzureAd;
            options.Instance = azure.Instance;
            options.TenantId = azure.TenantId;
            options.ClientId = string.IsNullOrWhiteSpace(azure.ClientId) ? azure.Audience : azure.ClientId;

            // A daemon without roles is let in by the gateway's own list of clients, with that client's permissions.
            options.AllowWebApiToBeAuthorizedByACL = true;
        });

        var authentication = services.AddAuthentication(CallerSchemes.Caller)
            .AddPolicyScheme(CallerSchemes.Caller, displayName: null, _ => { })
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(CallerSchemes.ApiKey, _ => { })
            .AddScheme<AuthenticationSchemeOptions, RefusedCredentialHandler>(CallerSchemes.Refused, _ => { })
            .AddJwtBearer(CallerSchemes.Jwt, _ => { });
        authentication.AddMicrosoftIdentityWebApi(_ => { }, _ => { }, CallerSchemes.AzureAd);

        // Brought along for getting tokens for others, which nothing here does. With it every call carries its context in an AsyncLocal,
        // which each await captures and restores, and the server makes new context objects for each call in place of a connection's own.
        services.RemoveAll<IHttpContextAccessor>();

        services.AddSingleton<KnownCallers>();

        // Authentication brings keys for cookies along, which are made and written to disk at the start. The console's cookie needs none:
        // it is an id, and what it stands for is encrypted in the store.
        foreach (var keyRing in services.Where(s => s.ServiceType == typeof(IHostedService)
            && s.ImplementationType?.Assembly == typeof(DataProtectionOptions).Assembly).ToList())
        {
            services.Remove(keyRing);
        }

        // Each refused token would be an error of the libraries' own; the audit line says what became of the call.
        builder.Logging.AddFilter("Microsoft.IdentityModel", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Identity", LogLevel.Warning);
    }

    /// <summary>New settings are in force at once: the options made of the old ones go.</summary>
    public static void FollowSettings(this WebApplication app)
    {
        var made = app.Services.GetRequiredService<IOptionsMonitorCache<JwtBearerOptions>>();
        app.Services.GetRequiredService<ISettings<AuthenticationOptions>>().OnChange(_ =>
        {
            made.TryRemove(CallerSchemes.AzureAd);
            made.TryRemove(CallerSchemes.Jwt);
        });
    }
}
