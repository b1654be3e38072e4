using System.Diagnostics.Metrics;

namespace Siro.Gateway.Budget;

/// <summary>The meter <c>Siro.Gateway.Budget</c>. No token and no client stands in it.</summary>
internal sealed class BudgetMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Siro.Gateway.Budget";

    private readonly Counter<long> _calls;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _throttled;
    private readonly Histogram<double> _waited;

    public BudgetMetrics(IMeterFactory meters, Fleet fleet)
    {
        var meter = meters.Create(MeterName);
        _calls = meter.CreateCounter<long>("siro.gateway.budget.store_calls", "{call}", "Exchanges with the store.");
        _refused = meter.CreateCounter<long>("siro.gateway.budget.refused", "{call}", "Calls answered 429 budget_exhausted, by reason.");
        _throttled = meter.CreateCounter<long>("siro.gateway.budget.throttled", "{answer}", "Answers 429 of Siro, or refusals of its CDN.");
        _waited = meter.CreateHistogram<double>("siro.gateway.budget.wait", "s", "How long calls waited that had to.");
        meter.CreateObservableGauge("siro.gateway.budget.store_away", () => fleet.Failing ? 1 : 0, "1",
            "1 while the store can't be reached and the replica keeps to its share.");
        meter.CreateObservableGauge("siro.gateway.budget.replicas", () => fleet.Replicas, "{replica}", "Replicas last seen.");
    }

    public void Exchanged() => _calls.Add(1);

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Throttled() => _throttled.Add(1);

    public void Waited(long milliseconds) => _waited.Record(milliseconds / 1000.0);
}
