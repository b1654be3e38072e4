using System.Net;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Alerts;

/// <summary>The check of the section <c>Alerts</c>.</summary>
internal static class AlertsOptionsValidator
{
    private static readonly string[] Formats = ["plain", "slack", "teams"];

    public static void Check(AlertsOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        errors.Require(options.Interval >= TimeSpan.FromSeconds(1) && options.Interval <= TimeSpan.FromMinutes(10), "Alerts:Interval",
            "must be from 00:00:01 to 00:10:00");
        errors.Require(options.Quiet >= TimeSpan.FromSeconds(1) && options.Quiet <= TimeSpan.FromHours(1), "Alerts:Quiet",
            "must be from 00:00:01 to 01:00:00");
        errors.Require(options.BudgetPercent is >= 1 and <= 100, "Alerts:BudgetPercent", "must be 1 to 100");
        errors.Require(options.DeadLetters is >= 0 and <= 1_000_000, "Alerts:DeadLetters", "must be 0 to 1000000");
        for (var i = 0; i < options.FailingPercent.Count; i++)
        {
            errors.Require(options.FailingPercent[i] is >= 1 and <= 100, $"Alerts:FailingPercent:{i}", "must be 1 to 100");
        }

        var webhook = options.Webhook;
        errors.Require(Formats.Contains(webhook.Format, StringComparer.Ordinal), "Alerts:Webhook:Format", "must be plain, slack or teams");
        errors.Require(
            webhook.Timeout >= TimeSpan.FromMilliseconds(100)
                && webhook.Timeout <= TimeSpan.FromMinutes(1), "Alerts:Webhook:Timeout", "must be from 00:00:00.1 to 00:01:00");
        errors.Require(
            webhook.Secret is null or { IsEmpty: true } || SigningSecret.IsGoodForSubscribers(webhook.Secret),
            "Alerts:Webhook:Secret",
            "must be 'whsec_' and 24 to 64 bytes in base64");
        var networks = true;
        for (var i = 0; i < webhook.AllowedNetworks.Count; i++)
        {
            var right = IPNetwork.TryParse(webhook.AllowedNetworks[i].Trim(), out _);
            networks &= right;
            errors.Require(right, $"Alerts:Webhook:AllowedNetworks:{i}", "must be a network in CIDR, for example '10.0.0.0/8'");
        }

        if (networks && webhook.Url is { IsEmpty: false } url
            && OutboundUrl.Check(url.Reveal(), "Alerts:Webhook:Url", webhook.Rules).Error is { } error)
        {
            errors.Add(error.Field, error.Message);
        }
    }
}
