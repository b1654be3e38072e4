using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;
using Siro.Gateway.Webhooks.Api;
using Siro.Gateway.Webhooks.Deliveries;
using Siro.Gateway.Webhooks.Enrichment;
using Siro.Gateway.Webhooks.Fanout;
using Siro.Gateway.Webhooks.Hub;
using Siro.Gateway.Webhooks.Ingest;
using Siro.Gateway.Webhooks.Pull;
using Siro.Gateway.Webhooks.Replay;
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
        services.AddSingleton<EventMemory>();
        services.AddSingleton<ConfiguredSubscriptions>();
        services.AddSingleton<RecordingEnricher>();
        services.AddSingleton<DeliveryBody>();
        services.AddSingleton<DeliverySender>();
        services.AddSingleton<DeliveryQueue>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointPace>();
        services.AddSingleton<HubRetention>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<HubAccess>();
        services.AddSingleton<SubscriptionEndpoints>();
        services.AddSingleton<TestEndpoint>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<DeliveryEndpoints>();
        services.AddSingleton<Replays>();
        services.AddSingleton<ReplayEndpoint>();
        services.AddSingleton<PullReader>();
        services.AddSingleton<PullEndpoints>();
        services.AddHostedService<RegistryRefresh>();
        services.AddHostedService<FanoutService>();
        services.AddJobWorker<DeliveryHandler>(DeliveryKind.Kind, worker =>
        {
            worker.Concurrency = builder.Configuration.GetValue("Webhooks:Concurrency", 256);
            worker.PartitionConcurrency = 100;
            worker.Lease = TimeSpan.FromSeconds(10);
        });
        services.AddJobWorker<ReplayHandler>(ReplayHandler.Kind, worker => worker.Concurrency = 2);
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

        MapSubscriptions(app);
        MapLog(app);
    }

    private static void MapSubscriptions(WebApplication app)
    {
        var group = app.MapGroup("/v1/subscriptions").WithTags("Subscriptions").WithStoreProblems();
        var subscriptions = app.Services.GetRequiredService<SubscriptionEndpoints>();
        var test = app.Services.GetRequiredService<TestEndpoint>();
        var replay = app.Services.GetRequiredService<ReplayEndpoint>();
        var pull = app.Services.GetRequiredService<PullEndpoints>();
        group.MapGet("/", (Delegate)subscriptions.ListAsync).RequireEventsOrSubscriptions().WithSummary("Lists the subscriptions that the caller sees")
            .WithQuery(("cursor", "The page before's cursor."), ("limit", "1 to 1000, default 100."));
        group.MapPost("/", (Delegate)subscriptions.CreateAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Makes a subscription; its secret is shown this once").Produces(201)
            .WithExamples("""{"url":"https://billing.example/siro","events":["recording.ready"],"filter":{"recordingLinked":true},"order":"recording","enrich":["summary"],"description":"Billing"}""", null, 201);
        group.MapGet("/{id}", (Delegate)subscriptions.GetAsync).RequireEventsOrSubscriptions().WithSummary("Shows a subscription");
        group.MapPut("/{id}", (Delegate)subscriptions.ReplaceAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Changes a subscription; heeds If-Match")
            .WithExamples("""{"url":"https://billing.example/siro","events":["recording.ready"],"filter":{"recordingLinked":true},"order":"recording","enrich":["summary"],"description":"Billing"}""", null);
        group.MapDelete("/{id}", (Delegate)subscriptions.DeleteAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Removes a subscription").Produces(204);
        group.MapPost("/{id}/secret", (Delegate)subscriptions.RotateAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Rotates the secret; the old one signs for 24 more hours");
        group.MapPost("/{id}/enable", (Delegate)subscriptions.EnableAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Enables a subscription");
        group.MapPost("/{id}/disable", (Delegate)subscriptions.DisableAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Disables a subscription; its events are recorded as skipped");
        group.MapPost("/{id}/test", (Delegate)test.SendAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Sends a test and shows the answer");
        group.MapPost("/{id}/replay", (Delegate)replay.PostAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Replays deliveries, or counts them").Produces(202)
            .WithQuery(("preview", "true: nothing is sent; the answer is how many it would be."))
            .WithExamples("""{"status":"dead","since":"2026-01-31T00:00:00Z"}""", null, 202);
        group.MapGet("/{id}/events", (Delegate)pull.ReadAsync).RequireEventsOrSubscriptions().WithSummary("Reads events: page, long poll or server-sent events")
            .WithQuery(("cursor", "Start after this one; without it, after what was acknowledged last."), ("limit", "1 to 500, default 100."), ("wait", "Seconds to wait for the first event, 0 to 60. With Accept: text/event-stream events come as they happen."));
        group.MapPost("/{id}/events/ack", (Delegate)pull.AcknowledgeAsync).RequireEventsOrSubscriptions().WithSummary("Acknowledges events up to a cursor")
            .WithExamples("""{"cursor":"3676670063716352"}""", null);
    }

    private static void MapLog(WebApplication app)
    {
        var group = app.MapGroup("/v1").WithTags("Events and deliveries").WithStoreProblems();
        var events = app.Services.GetRequiredService<EventEndpoints>();
        var deliveries = app.Services.GetRequiredService<DeliveryEndpoints>();
        group.MapGet("/events", (Delegate)events.ListAsync).RequirePermission(Permissions.EventsRead).WithSummary("Lists the organization's events, newest first")
            .WithQuery(("type", "An event type."), ("recordingId", "The events of one recording."), ("since", "From this time on, ISO 8601."), ("until", "Before this time."), ("cursor", "The page before's cursor."), ("limit", "1 to 200, default 50."));
        group.MapGet("/events/{id}", (Delegate)events.GetAsync).RequirePermission(Permissions.EventsRead).WithSummary("Shows an event with its deliveries");
        group.MapGet("/deliveries", (Delegate)deliveries.ListAsync).RequirePermission(Permissions.EventsRead).WithSummary("Lists deliveries, newest first")
            .WithQuery(("subscription", "Those of one subscription."), ("status", "pending, retrying, delivered, dead, skipped, expired."), ("event", "Those of one event."), ("since", "From this time on, ISO 8601."), ("until", "Before this time."), ("cursor", "The page before's cursor."), ("limit", "1 to 200, default 50."));
        group.MapGet("/deliveries/{id}", (Delegate)deliveries.GetAsync).RequirePermission(Permissions.EventsRead).WithSummary("Shows a delivery with its attempts");
        group.MapPost("/deliveries/{id}/retry", (Delegate)deliveries.RetryAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary("Replays one delivery").Produces(202);
    }
}
