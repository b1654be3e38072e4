using System.Diagnostics.Metrics;
using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>The meter of events and deliveries. Labels are few: organizations, subscriptions, known event types, fixed words.</summary>
internal sealed class WebhookMetrics
{
    public const string MeterName = "Siro.Gateway.Webhooks";

    private readonly Counter<long> _ingested;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _derived;
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _finished;
    private readonly Counter<long> _fannedOut;
    private readonly Counter<long> _disabled;
    private readonly Counter<long> _trimmed;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _ingested = meter.CreateCounter<long>(
            "siro.gateway.webhooks.ingested", "{event}", "Verified events of Siro's, by whether they were new.");
        _refused = meter.CreateCounter<long>("siro.gateway.webhooks.refused", "{request}", "Webhook requests that were refused, by code.");
        _derived = meter.CreateCounter<long>("siro.gateway.webhooks.derived", "{event}", "Events that the gateway made.");
        _attempts = meter.CreateCounter<long>("siro.gateway.webhooks.delivery.attempts", "{attempt}", "Attempts to deliver, by result.");
        _duration = meter.CreateHistogram<double>("siro.gateway.webhooks.delivery.duration", "s", "How long an attempt took.");
        _latency = meter.CreateHistogram<double>(
            "siro.gateway.webhooks.delivery.latency", "s", "From the store's taking an event to its first successful attempt's end.");
        _finished = meter.CreateCounter<long>("siro.gateway.webhooks.delivery.finished", "{delivery}", "Deliveries that ended, by how.");
        _fannedOut = meter.CreateCounter<long>(
            "siro.gateway.webhooks.fanned_out", "{event}", "Events handed to every subscription that takes them.");
        _disabled = meter.CreateCounter<long>(
            "siro.gateway.webhooks.subscriptions.disabled", "{subscription}", "Subscriptions that the gateway disabled, by reason.");
        _trimmed = meter.CreateCounter<long>("siro.gateway.webhooks.trimmed", "{event}", "Events removed by retention.");
    }

    /// <summary>A new event was stored; for figures beyond the instruments.</summary>
    public event Action<OrganizationKey>? EventStored;

    /// <summary>An attempt ended: the subscription's partition, its result, how long it took.</summary>
    public event Action<string, string, TimeSpan>? AttemptEnded;

    public void Ingested(OrganizationKey organization, string type, bool duplicate)
    {
        _ingested.Add(1, new("organization", organization.Value), new("type", EventTypes.Label(type)), new("duplicate", duplicate));
        if (!duplicate)
        {
            EventStored?.Invoke(organization);
        }
    }

    public void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Derived(OrganizationKey organization, string type, string source)
    {
        _derived.Add(1, new("organization", organization.Value), new("type", type), new("source", source));
        EventStored?.Invoke(organization);
    }

    public void Attempted(string partition, string result, TimeSpan took)
    {
        _attempts.Add(1, new("subscription", partition), new("result", result));
        _duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("result", result));
        AttemptEnded?.Invoke(partition, result, took);
    }

    public void Delivered(TimeSpan afterReceipt) => _latency.Record(Math.Max(0, afterReceipt.TotalSeconds));

    public void Finished(string partition, string state) => _finished.Add(1, new("subscription", partition), new("state", state));

    public void FannedOut(OrganizationKey organization, int events) =>
        _fannedOut.Add(events, new KeyValuePair<string, object?>("organization", organization.Value));

    public void Disabled(OrganizationKey organization, string reason) =>
        _disabled.Add(1, new("organization", organization.Value), new("reason", reason));

    public void Trimmed(OrganizationKey organization, int events) =>
        _trimmed.Add(events, new KeyValuePair<string, object?>("organization", organization.Value));
}
