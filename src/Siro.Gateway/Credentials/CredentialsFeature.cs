namespace Siro.Gateway.Credentials;

/// <summary>See docs/ for what this feature does.</summary>
internal static class CredentialsFeature
{
    public static void AddCredentials(this WebApplicationBuilder builder)
    {
    }

    public static void MapCredentials(this WebApplication app)
    {
    }
}
