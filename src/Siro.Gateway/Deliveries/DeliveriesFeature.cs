using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Deliveries;

/// <summary>Events on their way to the subscribers' endpoints: signed, sent, tried again, replayed (docs/webhooks.md).</summary>
internal static class DeliveriesFeature
{
    public static void AddDeliveries(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DeliverySender>();
        services.AddSingleton<DeliveryQueue>();
        services.AddSingleton<IDeliveries>(provider => provider.GetRequiredService<DeliveryQueue>());
        services.AddSingleton<ISubscriptionListener>(provider => provider.GetRequiredService<DeliveryQueue>());
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointPace>();
        services.AddSingleton<TestEndpoint>();
        services.AddSingleton<DeliveryEndpoints>();
        services.AddSingleton<Replays>();
        services.AddSingleton<ReplayEndpoint>();
        services.AddSingleton<ReplayControl>();
        services.AddJob<DeliveryData, DeliveryHandler>(DeliveryJob.Declaration);
        services.AddJob<ReplayData, ReplayHandler>(ReplayJob.Declaration);
    }

    public static void MapDeliveries(this WebApplication app)
    {
        var deliveries = app.Services.GetRequiredService<DeliveryEndpoints>();
        var group = app.MapGroup("/v1").WithTags("Events and deliveries");
        group.MapGet("/deliveries", (Delegate)deliveries.ListAsync).RequirePermission(Permissions.EventsRead)
            .WithSummary("Lists deliveries, newest first")
            .WithQuery(("subscription", "Those of one subscription."), ("status", "pending, retrying, delivered, dead, skipped, expired."),
                ("error",
                "Those whose last attempt failed so: timeout, connect, status, redirect, address_forbidden, broken_answer, unsigned. "
                + "A page may be short and still have a cursor."), ("event", "Those of one event."),
                ("since", "From this time on, ISO 8601."), ("until", "Before this time."), ("cursor", "The page before's cursor."),
                ("limit", "1 to 200, default 50."));
        group.MapGet("/deliveries/{id}", (Delegate)deliveries.GetAsync).RequirePermission(Permissions.EventsRead)
            .WithSummary("Shows a delivery with its attempts").Produces<DeliveryView>();
        group.MapPost("/deliveries/{id}/retry", (Delegate)deliveries.RetryAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Sends one delivery now: once more, or before its next attempt").Produces(202);

        var test = app.Services.GetRequiredService<TestEndpoint>();
        var replay = app.Services.GetRequiredService<ReplayEndpoint>();
        group = app.MapSubscriptionGroup();
        group.MapPost("/preview",
            (Delegate)test.PreviewAsync).RequirePermission(Permissions.SubscriptionsWrite).WithSummary(
            "A subscription before it is saved: is it right, what would it have got, how does its endpoint answer")
            .Produces<PreviewAnswer>()
            .WithQuery(("test", "true: one test is sent to its endpoint."))
            .WithExamples("""{"url":"https://billing.example/siro","events":["recording.ready"]}""", null);
        group.MapPost("/{id}/test", (Delegate)test.SendAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Sends a test and shows the answer");
        group.MapPost("/{id}/replay", (Delegate)replay.PostAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Replays deliveries, or counts them").Produces(202)
            .WithQuery(("preview", "true: nothing is sent; the answer is how many it would be."))
            .WithExamples("""{"status":"dead","since":"2026-01-31T00:00:00Z"}""", null, 202);
        group.MapGet("/{id}/replays", (Delegate)replay.ListAsync).RequireEventsOrSubscriptions()
            .WithSummary("Replays that are under way or paused").Produces<ReplayList>();
        group.MapGet("/{id}/replays/{replay}", (Delegate)replay.GetAsync).RequireEventsOrSubscriptions().WithSummary("How far a replay is")
            .Produces<ReplayView>();
        group.MapPost("/{id}/replays/{replay}/pause", (Delegate)replay.PauseAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Pauses a replay").Produces<ReplayView>(202);
        group.MapPost("/{id}/replays/{replay}/resume", (Delegate)replay.ResumeAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Lets a paused replay go on").Produces<ReplayView>(202);
        group.MapPost("/{id}/replays/{replay}/cancel", (Delegate)replay.CancelAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Ends a replay; what is due again stays due").Produces<ReplayView>(202);
    }
}
