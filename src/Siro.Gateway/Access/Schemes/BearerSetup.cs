using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Access.Tokens;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Schemes;

/// <summary>
/// The options of both bearer schemes, from the settings in force. Comes before Microsoft.Identity.Web's own set-up, which fills in what is
/// still open:
/// its audience and issuer checks would each read the provider's metadata anew, over a client of their own.
/// </summary>
internal sealed class BearerSetup(
    ISettings<AuthenticationOptions> settings, IdentityProvider provider, RememberingTokenHandler tokens, ClientDirectory clients)
    : IConfigureNamedOptions<JwtBearerOptions>
{
    public void Configure(JwtBearerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        if (name is not (CallerSchemes.AzureAd or CallerSchemes.Jwt))
        {
            return;
        }

        options.ConfigurationManager = provider;
        options.TokenHandlers.Clear();
        options.TokenHandlers.Add(tokens);
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.Events = new BearerEvents(clients);
        options.TokenValidationParameters = new TokenValidationParameters
        {
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuerSigningKey = true,
            ValidAlgorithms = RememberingTokenHandler.Algorithms,
            ValidAudiences = Audiences(settings.Current),
            IssuerValidator = Issuer,

            // The gateway's clock is a TimeProvider: the token handler judges the lifetime, of remembered tokens too.
            ValidateLifetime = false,
        };
    }

    /// <summary>Exactly one of the provider's own, which the token handler sets.</summary>
    private static string Issuer(string issuer, SecurityToken token, TokenValidationParameters parameters) =>
        parameters.ValidIssuers.Contains(issuer, StringComparer.Ordinal)
            ? issuer
            : throw new SecurityTokenInvalidIssuerException("The issuer is another.") { InvalidIssuer = issuer };

    private static string[] Audiences(AuthenticationOptions options)
    {
        if (!options.AzureAd.IsOn)
        {
            return options.Jwt.Audience is { Length: > 0 } audience ? [audience] : [];
        }

        // v2 tokens carry the application's id, v1 tokens its ID URI (Microsoft's access token reference, "aud").
        var id = options.AzureAd.ClientId;
        return [.. new[] { id, string.IsNullOrWhiteSpace(id) ? null : "api://" + id, options.AzureAd.Audience }.OfType<string>().Where(
            a => a.Length > 0)];
    }
}
