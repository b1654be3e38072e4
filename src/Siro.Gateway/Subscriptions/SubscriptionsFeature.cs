using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Subscriptions;

/// <summary>Who wants which events: the registry, its rules and secrets (docs/webhooks.md).</summary>
internal static class SubscriptionsFeature
{
    public static void AddSubscriptions(this WebApplicationBuilder builder)
    {
        builder.AddSettings<WebhooksOptions>("Webhooks", WebhooksOptionsValidator.Check);
        var services = builder.Services;
        services.AddSingleton<SubscriptionCodec>();
        services.AddSingleton<SubscriptionStore>();
        services.AddSingleton<SubscriptionRegistry>();
        services.AddSingleton<ISubscribers>(provider => provider.GetRequiredService<SubscriptionRegistry>());
        services.AddSingleton<ConfiguredSubscriptions>();
        services.AddSingleton<SubscriptionAccess>();
        services.AddSingleton<SubscriptionEndpoints>();
        services.AddSingleton<SecretReEncryption>();
        services.AddHostedService<RegistryRefresh>();
    }

    public static void MapSubscriptions(this WebApplication app)
    {
        var group = app.MapSubscriptionGroup();
        var subscriptions = app.Services.GetRequiredService<SubscriptionEndpoints>();
        group.MapGet("/", (Delegate)subscriptions.ListAsync).RequireEventsOrSubscriptions()
            .WithSummary("Lists the subscriptions that the caller sees")
            .WithQuery(("cursor", "The page before's cursor."), ("limit", "1 to 1000, default 100."));
        group.MapPost("/", (Delegate)subscriptions.CreateAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Makes a subscription; its secret is shown this once").Produces(201)
            .WithExamples(
                """{"url":"https://billing.example/siro","events":["recording.ready"],"filter":{"recordingLinked":true},"order":"recording","enrich":["summary"],"description":"Billing"}""", null, 201);
        group.MapGet("/{id}", (Delegate)subscriptions.GetAsync).RequireEventsOrSubscriptions().WithSummary("Shows a subscription");
        group.MapPut("/{id}", (Delegate)subscriptions.ReplaceAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Changes a subscription; heeds If-Match")
            .WithExamples(
                """{"url":"https://billing.example/siro","events":["recording.ready"],"filter":{"recordingLinked":true},"order":"recording","enrich":["summary"],"description":"Billing"}""", null);
        group.MapDelete("/{id}", (Delegate)subscriptions.DeleteAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Removes a subscription").Produces(204);
        group.MapPost("/{id}/secret", (Delegate)subscriptions.RotateAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Rotates the secret; the old one signs beside it for Webhooks:SecretGrace, or the subscription's own secretGrace");
        group.MapPost("/{id}/enable", (Delegate)subscriptions.EnableAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Enables a subscription");
        group.MapPost("/{id}/disable", (Delegate)subscriptions.DisableAsync).RequirePermission(Permissions.SubscriptionsWrite)
            .WithSummary("Disables a subscription; its events are recorded as skipped");
    }

    /// <summary>Where everything about one subscription is found, whichever feature answers it.</summary>
    public static RouteGroupBuilder MapSubscriptionGroup(this WebApplication app) =>
        app.MapGroup("/v1/subscriptions").WithTags("Subscriptions");
}
