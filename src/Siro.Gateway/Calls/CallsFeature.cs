namespace Siro.Gateway.Calls;

/// <summary>See docs/ for what this feature does.</summary>
internal static class CallsFeature
{
    public static void AddCalls(this WebApplicationBuilder builder)
    {
    }

    public static void MapCalls(this WebApplication app)
    {
    }
}
