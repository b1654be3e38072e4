namespace Siro.Gateway.Uploads;

/// <summary>See docs/ for what this feature does.</summary>
internal static class UploadsFeature
{
    public static void AddUploads(this WebApplicationBuilder builder)
    {
    }

    public static void MapUploads(this WebApplication app)
    {
    }
}
