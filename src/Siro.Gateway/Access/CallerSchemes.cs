namespace Siro.Gateway.Access;

/// <summary>The names of the authentication schemes.</summary>
internal static class CallerSchemes
{
    /// <summary>The default: a policy scheme that hands each request to one of the others, by the credential it carries.</summary>
    public const string Caller = "Caller";

    /// <summary><c>X-Api-Key</c>.</summary>
    public const string ApiKey = "ApiKey";

    /// <summary>Bearer tokens of <c>Authentication:AzureAd</c>.</summary>
    public const string AzureAd = "AzureAd";

    /// <summary>Bearer tokens of <c>Authentication:Jwt</c>.</summary>
    public const string Jwt = "Jwt";

    /// <summary>A browser's session, which stands for a client: the console's own scheme.</summary>
    public const string ConsoleSession = "ConsoleSession";

    /// <summary>Everything else: no credential, two of them, or one of a kind that is not taken.</summary>
    public const string Refused = "Refused";
}
