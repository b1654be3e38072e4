namespace Siro.Gateway.Proxy;

/// <summary>See docs/ for what this feature does.</summary>
internal static class ProxyFeature
{
    public static void AddProxy(this WebApplicationBuilder builder)
    {
    }

    public static void MapProxy(this WebApplication app)
    {
    }
}
