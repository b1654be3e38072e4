namespace Siro.Gateway.Webhooks;

/// <summary>See docs/ for what this feature does.</summary>
internal static class WebhooksFeature
{
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
    }

    public static void MapWebhooks(this WebApplication app)
    {
    }
}
