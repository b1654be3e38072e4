namespace Siro.Gateway.Access;

/// <summary>See docs/ for what this feature does.</summary>
internal static class AccessFeature
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
    }

    public static void MapAccess(this WebApplication app)
    {
    }
}
