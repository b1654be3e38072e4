namespace Siro.Gateway.Sync;

/// <summary>See docs/ for what this feature does.</summary>
internal static class SyncFeature
{
    public static void AddSync(this WebApplicationBuilder builder)
    {
    }

    public static void MapSync(this WebApplication app)
    {
    }
}
