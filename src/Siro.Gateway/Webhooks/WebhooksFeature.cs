using Siro.Gateway.Access;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;
using Siro.Gateway.Webhooks.Deliveries;
using Siro.Gateway.Webhooks.Enrichment;
using Siro.Gateway.Webhooks.Fanout;
using Siro.Gateway.Webhooks.Hub;
using Siro.Gateway.Webhooks.Ingest;
using Siro.Gateway.Webhooks.Retention;
using Siro.Gateway.Webhooks.Subscriptions;

namespace Siro.Gateway.Webhooks;

/// <summary>The webhook hub: Siro's events are verified, stored, and handed to every subscriber (docs/webhooks.md).</summary>
internal static class WebhooksFeature
{
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.AddSettings<WebhooksOptions>("Webhooks", WebhooksOptionsCheck.Check);
        var services = builder.Services;
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<HubStore>();
        services.AddSingleton<HubSignal>();
        services.AddSingleton<EventLog>();
        services.AddSingleton<EventHub>();
        services.AddSingleton<IEventFeed>(provider => provider.GetRequiredService<EventHub>());
        services.AddSingleton<IngestEndpoint>();
        services.AddSingleton<SubscriptionCodec>();
        services.AddSingleton<SubscriptionStore>();
        services.AddSingleton<SubscriptionRegistry>();
        services.AddSingleton<ISubscribers>(provider => provider.GetRequiredService<SubscriptionRegistry>());
        services.AddSingleton<ConfiguredSubscriptions>();
        services.AddSingleton<RecordingEnricher>();
        services.AddSingleton<DeliveryBody>();
        services.AddSingleton<DeliverySender>();
        services.AddSingleton<DeliveryQueue>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointPace>();
        services.AddSingleton<HubRetention>();
        services.AddSingleton<Inbox>();
        services.AddHostedService<RegistryRefresh>();
        services.AddHostedService<FanoutService>();
        services.AddJobWorker<DeliveryHandler>(DeliveryKind.Kind, worker =>
        {
            worker.Concurrency = builder.Configuration.GetValue("Webhooks:Concurrency", 256);
            worker.PartitionConcurrency = 100;
        });
    }

    public static void MapWebhooks(this WebApplication app)
    {
        var ingest = app.Services.GetRequiredService<IngestEndpoint>();
        app.MapPost("/v1/webhooks/siro/{organization?}", (HttpContext context, string? organization) => ingest.HandleAsync(context, organization))
            .AuthenticatedBySignature()
            .WithTags("Webhooks")
            .WithSummary("Takes Siro's webhooks")
            .Produces<IngestAnswer>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(413)
            .ProducesProblem(503);
    }
}
