using System.Net;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Subscriptions;

/// <summary>The check of the section <c>Webhooks</c>.</summary>
internal static class WebhooksOptionsValidator
{
    public static void Check(WebhooksOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        Range(options.Tolerance, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "Webhooks:Tolerance", errors);
        Range(options.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "Webhooks:Timeout", errors);
        Range(options.Retention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650), "Webhooks:Retention", errors);
        Range(options.DeliveryRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650), "Webhooks:DeliveryRetention", errors);
        Range(options.DisableAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650), "Webhooks:DisableAfter", errors);
        Range(options.SecretGrace, TimeSpan.Zero, SubscriptionRules.MostSecretGrace, "Webhooks:SecretGrace", errors);
        Range(options.EnrichmentDeadline, TimeSpan.Zero, TimeSpan.FromHours(1), "Webhooks:EnrichmentDeadline", errors);
        errors.Require(options.MaxBodyBytes is >= 1 and <= 4 * 1024 * 1024, "Webhooks:MaxBodyBytes", "must be 1 to 4194304");
        errors.Require(options.RetentionBytes >= 1024 * 1024, "Webhooks:RetentionBytes", "must be at least 1048576");
        errors.Require(options.MaxSubscriptions is >= 1 and <= 10_000, "Webhooks:MaxSubscriptions", "must be 1 to 10000");
        errors.Require(options.Concurrency is >= 1 and <= 1000, "Webhooks:Concurrency", "must be 1 to 1000");
        errors.Require(options.RetrySchedule.Count <= 50, "Webhooks:RetrySchedule", "must have at most 50 entries");
        for (var i = 0; i < options.RetrySchedule.Count; i++)
        {
            Range(options.RetrySchedule[i], TimeSpan.Zero, TimeSpan.FromDays(7), $"Webhooks:RetrySchedule:{i}", errors);
        }

        var networks = true;
        for (var i = 0; i < options.AllowedNetworks.Count; i++)
        {
            var right = IPNetwork.TryParse(options.AllowedNetworks[i].Trim(), out _);
            networks &= right;
            errors.Require(right, $"Webhooks:AllowedNetworks:{i}", "must be a network in CIDR, for example '10.0.0.0/8'");
        }

        if (networks)
        {
            foreach (var (name, subscription) in options.Subscriptions)
            {
                Check(name, subscription, options, candidates, errors);
            }
        }
    }

    private static void Check(
        string name, ConfiguredSubscription subscription, WebhooksOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        var path = "Webhooks:Subscriptions:" + name;
        string At(string field) => $"{path}:{char.ToUpperInvariant(field[0])}{field[1..]}";
        void Wrong(FieldError error) => errors.Add(error.Field, error.Message);

        errors.Require(SubscriptionId.IsValid(name), path, "the name must be 1 to 64 letters, digits, dashes or underscores");
        errors.Require(!name.StartsWith("sub_", StringComparison.OrdinalIgnoreCase), path,
            "the name must not start with 'sub_', which the API's own do");
        if (subscription.Organization is { } organization)
        {
            errors.Require(candidates.Get<SiroOptions>().Find(new OrganizationKey(organization)) is not null, At("organization"),
                "is not one of Siro:Organizations");
        }

        if (subscription.Pull)
        {
            errors.Require(subscription.Url is null, At("url"), "must be left out with Pull");
        }
        else
        {
            SubscriptionRules.Url(subscription.Url, At("url"), options.Rules, Wrong);
            if (subscription.Secret is { IsEmpty: false } secret)
            {
                SubscriptionRules.Secret(secret, At("secret"), Wrong);
            }
            else
            {
                errors.Add(At("secret"), "is missing: 'whsec_' and 24 to 64 random bytes in base64, by environment or a secret file");
            }
        }

        if (subscription.PreviousSecret is { IsEmpty: false } previous)
        {
            SubscriptionRules.Secret(previous, At("previousSecret"), Wrong);
        }

        if (subscription.Events.Count > 0)
        {
            SubscriptionRules.Events(subscription.Events, At("events"), Wrong);
        }

        if (subscription.Filter is { Length: > 0 } filter)
        {
            SubscriptionRules.Filter(filter, At("filter"), Wrong);
        }

        SubscriptionRules.Headers(subscription.Headers, At("headers"), Wrong);
        SubscriptionRules.Limits(subscription.RatePerSecond, subscription.Concurrency, subscription.Timeout, At, Wrong);
        SubscriptionRules.Order(subscription.Order, At("order"), Wrong);
        SubscriptionRules.Enrich(subscription.Enrich, At("enrich"), Wrong);
    }

    private static void Range(TimeSpan value, TimeSpan least, TimeSpan most, string path, ValidationErrors errors) =>
        errors.Require(value >= least && value <= most, path, $"must be {least} to {most}");
}
