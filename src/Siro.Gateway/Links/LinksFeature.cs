namespace Siro.Gateway.Links;

/// <summary>See docs/ for what this feature does.</summary>
internal static class LinksFeature
{
    public static void AddLinks(this WebApplicationBuilder builder)
    {
    }

    public static void MapLinks(this WebApplication app)
    {
    }
}
