using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A gateway with two configured subscriptions, quick retries, and subscribers on loopback.</summary>
public class WebhookFixture : GatewayFixture
{
    public const string ConfiguredSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    internal Subscribers Subscribers { get; private set; } = null!;

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Subscribers = await Subscribers.StartAsync();
        settings["Webhooks:Subscriptions:billing:Url"] = Subscribers.Url("billing");
        settings["Webhooks:Subscriptions:billing:Secret"] = ConfiguredSecret;
        settings["Webhooks:Subscriptions:billing:Events:0"] = "*";
        settings["Webhooks:Subscriptions:flaky:Url"] = Subscribers.Url("flaky");
        settings["Webhooks:Subscriptions:flaky:Secret"] = ConfiguredSecret;
        settings["Webhooks:Subscriptions:flaky:Events:0"] = "flaky.*";
        for (var i = 0; i < 4; i++)
        {
            settings[$"Webhooks:RetrySchedule:{i}"] = i == 0 ? "00:00:00" : "00:00:00.2";
        }

        settings["Webhooks:Timeout"] = "00:00:05";

        // Some subscribers of the tests hang: their deliveries are given back soon.
        settings["Shutdown:Drain"] = "00:00:02";
        settings["Shutdown:Notice"] = "00:00:00";
        settings["Webhooks:EnrichmentDeadline"] = "00:00:03";
    }
}
