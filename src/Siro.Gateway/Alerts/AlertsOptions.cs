using Siro.Gateway.Common;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Alerts;

/// <summary>The section <c>Alerts</c>. Read at each use, so that a reload needs no restart.</summary>
public sealed class AlertsOptions
{
    /// <summary>Whether anything is watched. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>From one look to the next. Default 30 s, 1 s to 10 min.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long nothing must have been seen before an alert of a replica's own view (budget, tokens, Siro) has ended. Default 2 min, 1 s to
    /// 1 h.
    /// </summary>
    public TimeSpan Quiet { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// At which percentages of <c>Webhooks:DisableAfter</c> a failing subscription is told of; 100 is its disabling. Default 50, 70, 90,
    /// 100. Each 1 to 100.
    /// </summary>
    public List<int> FailingPercent { get; set; } = [];

    /// <summary>How much of a Siro token's budget may be in use, in percent. Default 90, 1 to 100.</summary>
    public int BudgetPercent { get; set; } = 90;

    /// <summary>How many dead letters an organization may have. Default 100, 0 to 1000000.</summary>
    public int DeadLetters { get; set; } = 100;

    /// <summary>Where operators are told, beside the events.</summary>
    public AlertWebhookOptions Webhook { get; set; } = new();

    /// <summary>The percentages in force, in order.</summary>
    public IReadOnlyList<int> Percentages => FailingPercent.Count > 0 ? [.. FailingPercent.Distinct().Order()] : [50, 70, 90, 100];
}

/// <summary>The operators' webhook: <c>Alerts:Webhook</c>.</summary>
public sealed class AlertWebhookOptions
{
    /// <summary>
    /// Where alerts are posted; empty: nowhere. A secret, as chat systems' addresses are: by environment or a secret file.
    /// </summary>
    public Secret? Url { get; set; }

    /// <summary>The body: <c>plain</c> (default), <c>slack</c> or <c>teams</c>.</summary>
    public string Format { get; set; } = "plain";

    /// <summary>
    /// Signs each alert as deliveries are signed (Standard Webhooks); <c>whsec_</c> and base64 of 24 to 64 bytes. Empty: not signed. A
    /// secret: by environment or a secret file.
    /// </summary>
    public Secret? Secret { get; set; }

    /// <summary>How long one attempt may take. Default 10 s, 100 ms to 1 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Networks beyond the public internet that it may be in, in CIDR. Default none.</summary>
    public List<string> AllowedNetworks { get; set; } = [];

    internal OutboundRules Rules => new("alert") { AllowedNetworks = OutboundRules.Networks(AllowedNetworks) };
}
