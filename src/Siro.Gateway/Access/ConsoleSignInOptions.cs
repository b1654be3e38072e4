namespace Siro.Gateway.Access;

/// <summary>
/// <c>Authentication:Console</c>: people sign in to the console at the provider of <c>AzureAd</c> or <c>Jwt</c> (authorization code with
/// PKCE).
/// </summary>
public sealed class ConsoleSignInOptions
{
    /// <summary>The console's application id at the provider. Empty: people sign in by API key alone.</summary>
    public string? ClientId { get; set; }

    /// <summary>Its secret, where the provider wants one although there is PKCE; a secret file, never gateway.json.</summary>
    public Common.Secret? ClientSecret { get; set; }

    /// <summary>What the button says. Default <c>your company's account</c>.</summary>
    public string Name { get; set; } = "your company's account";

    /// <summary>
    /// The address at which browsers see the gateway (<c>https://siro.example.com</c>), where a proxy hides it: the provider sends them
    /// back there.
    /// </summary>
    public string? PublicAddress { get; set; }

    internal bool IsOn => !string.IsNullOrWhiteSpace(ClientId);
}
