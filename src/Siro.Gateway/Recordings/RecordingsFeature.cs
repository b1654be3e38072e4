namespace Siro.Gateway.Recordings;

/// <summary>See docs/ for what this feature does.</summary>
internal static class RecordingsFeature
{
    public static void AddRecordings(this WebApplicationBuilder builder)
    {
    }

    public static void MapRecordings(this WebApplication app)
    {
    }
}
