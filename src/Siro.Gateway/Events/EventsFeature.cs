using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>Siro's events are verified, stored, handed to every subscription, and can be read (docs/webhooks.md).</summary>
internal static class EventsFeature
{
    public static void AddEvents(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<EventNotification>();
        services.AddSingleton<EventMemory>();
        services.AddSingleton<RecentEvents>();
        services.AddSingleton<EventLog>();
        services.AddSingleton<BlockStore>();
        services.AddSingleton<EventSearch>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<IEventFeed>(provider => provider.GetRequiredService<EventIntake>());
        services.AddSingleton<IngestEndpoint>();
        services.AddSingleton<RecordingEnricher>();
        services.AddSingleton<EventBody>();
        services.AddSingleton<EventRetention>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<PullReader>();
        services.AddSingleton<PullEndpoints>();
        services.AddHostedService<FanoutService>();
    }

    public static void MapEvents(this WebApplication app)
    {
        var ingest = app.Services.GetRequiredService<IngestEndpoint>();
        app.MapPost(
            "/v1/webhooks/siro/{organization?}", (HttpContext context, string? organization) => ingest.HandleAsync(context, organization))
            .AuthenticatedBySignature()
            .WithTags("Webhooks")
            .WithSummary("Takes Siro's webhooks")
            .Produces<IngestAnswer>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(413)
            .ProducesProblem(503);

        var events = app.Services.GetRequiredService<EventEndpoints>();
        var group = app.MapGroup("/v1").WithTags("Events and deliveries");
        group.MapGet("/events", (Delegate)events.ListAsync).RequirePermission(Permissions.EventsRead)
            .WithSummary("Lists the organization's events, newest first")
            .WithQuery(("type", "An event type."), ("recordingId", "The events of one recording."),
                ("text", "What the payload's bytes hold, blanks and all, whatever the case of ASCII letters; 2 to 200 characters."),
                ("subscription", "Those with a delivery to this subscription."), ("state", "With a subscription: the delivery's state."),
                ("since", "From this time on, ISO 8601."), ("until", "Before this time."), ("cursor", "The page before's cursor."),
                ("limit", "1 to 200, default 50."));
        group.MapPost("/events/test", (Delegate)events.TestAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("In the sandbox: puts a made-up recording.ready into the log").Produces(201).ProducesProblem(409);
        group.MapGet("/events/{id}", (Delegate)events.GetAsync).RequirePermission(Permissions.EventsRead)
            .WithSummary("Shows an event with its deliveries");
        group.MapGet("/events/{id}/payload", (Delegate)events.PayloadAsync).RequirePermission(Permissions.EventsRead)
            .WithSummary("An event's payload, byte for byte as it is delivered").Produces<byte[]>(200, "application/octet-stream");

        var pull = app.Services.GetRequiredService<PullEndpoints>();
        group = app.MapSubscriptionGroup();
        group.MapGet("/{id}/events", (Delegate)pull.ReadAsync).RequireEventsOrSubscriptions()
            .WithSummary("Reads events: page, long poll or server-sent events")
            .WithQuery(("cursor", "Start after this one; without it, after what was acknowledged last."),
                ("limit", "1 to 500, default 100."),
                ("wait", "Seconds to wait for the first event, 0 to 60. With Accept: text/event-stream events come as they happen."));
        group.MapPost("/{id}/events/ack", (Delegate)pull.AcknowledgeAsync).RequireEventsOrSubscriptions()
            .WithSummary("Acknowledges events up to a cursor")
            .WithExamples("""{"cursor":"3676670063716352"}""", null);
    }
}
