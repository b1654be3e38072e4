using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// The right token for each request to Siro, once for the whole fleet: organization tokens from the settings, user tokens and client tokens
/// minted, encrypted in Redis, kept in memory, renewed in the background and dropped when Siro refuses them.
/// Needs no route. See docs/credentials.md.
/// </summary>
internal static class CredentialsFeature
{
    public static void AddCredentials(this WebApplicationBuilder builder)
    {
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(new CredentialTimings());
        builder.Services.AddSingleton<MintHealth>();
        builder.Services.AddSingleton<CredentialMetrics>();
        builder.Services.AddSingleton<OrganizationCredentials>();
        builder.Services.AddSingleton<OrganizationTokenReload>();
        builder.Services.AddSingleton<ISharedTokens, RedisSharedTokens>();
        builder.Services.AddSingleton<ITokenMint, TokenMint>();
        builder.Services.AddSingleton<UserTokenRequest>();
        builder.Services.AddSingleton<ClientTokenRequest>();
        builder.Services.AddSingleton<MintedTokens>();
        builder.Services.AddSingleton<ISiroCredentials, SiroCredentials>();
        builder.Services.AddHostedService<TokenRenewal>();
    }
}
