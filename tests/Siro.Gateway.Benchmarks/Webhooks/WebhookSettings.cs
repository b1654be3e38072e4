using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>A gateway that takes signed events and has at most one subscriber.</summary>
internal static class WebhookSettings
{
    /// <summary>Deliveries to one subscriber at a time, for the hub and for the bare loop.</summary>
    public const int Concurrency = 64;

    public static Dictionary<string, string> For(RedisServer redis, Uri? subscriber = null)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Siro:Organizations:bench:WebhookSecrets:0"] = SignedEvents.Secret,
            ["Reconciliation:Enabled"] = "false",
        };
        if (subscriber is not null)
        {
            settings["Webhooks:AllowedNetworks:0"] = "127.0.0.0/8";
            settings["Webhooks:Subscriptions:bench:Url"] = subscriber.ToString();
            settings["Webhooks:Subscriptions:bench:Events:0"] = "integrations.recordingProcessed";
            settings["Webhooks:Subscriptions:bench:Secret"] = SignedEvents.Secret;
            settings["Webhooks:Subscriptions:bench:Concurrency"] = $"{Concurrency}";
        }

        // Siro itself is never called.
        var nowhere = new Uri("http://127.0.0.1:1");
        return GatewaySettings.For(redis,
            new EmulatorRole.Facts(
            nowhere, nowhere, nowhere, nowhere, "bench-organization-token", "bench-app", "bench-app-secret", "org_1", "usr_1"), settings);
    }
}
