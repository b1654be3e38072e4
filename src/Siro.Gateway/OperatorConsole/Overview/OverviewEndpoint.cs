using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.OperatorConsole.Figures;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary><c>GET /v1/overview</c>. <c>admin</c> sees the organization, others what is theirs.</summary>
internal sealed class OverviewEndpoint(
    OrganizationStates states, Replicas replicas, IStoreHealth store, HealthCheckService checks, ISettings<ClientsOptions> clients,
    ContractWatch contracts, TimeProvider time, IBudgetView? budget = null)
{
    private static readonly TimeSpan ChecksFresh = TimeSpan.FromSeconds(10);

    /// <summary>What fails is asked again at the next look: it is not to be told after it is well.</summary>
    private static readonly TimeSpan FailingFresh = TimeSpan.FromSeconds(1);

    private readonly SharedRead<string, HealthReport> _checks = new(ChecksFresh, time);
    private readonly SharedRead<string, HealthReport> _again = new(FailingFresh, time);

    public async Task<OverviewAnswer> GetAsync(HttpContext context) => await OfAsync(context.Caller(), context.RequestAborted);

    /// <summary>The overview for a caller. Throws <see cref="StoreUnavailableException"/>.</summary>
    public async Task<OverviewAnswer> OfAsync(Caller caller, CancellationToken cancellationToken)
    {
        var state = await states.GetAsync(caller.Organization).WaitAsync(cancellationToken);
        var admin = caller.May(Permissions.Admin);
        IReadOnlyList<Replica> fleet = admin ? await replicas.ListAsync(cancellationToken) : [];
        var shares = Budget(caller, admin).ToList();
        var seen = state.Registry.Subscriptions.Values.Where(s => SubscriptionAccess.Sees(caller, s))
            .Select(s => state.Deliveries.GetValueOrDefault(s.Id)).OfType<DeliveryCounts>().ToList();
        var probe = store.Current;
        var queues = admin ? state.Jobs.ToDictionary(j => j.Job.Overview!.Name, Queue, StringComparer.Ordinal) : [];
        return new OverviewAnswer
        {
            At = state.At,
            Organization = caller.Organization.Value,
            Client = caller.Client.Value,
            Sees = admin ? "organization" : "client",
            Problems = OverviewProblems.Of(
                caller, state, shares, fleet, admin ? await CheckedAsync().WaitAsync(cancellationToken) : null, contracts.Current),
            Now = Now(caller, admin, state.Hour),
            Events = caller.May(Permissions.EventsRead) ? new OverviewEvents(state.Hour.Sum(FigureField.EventIn), state.Events) : null,
            Deliveries = caller.May(Permissions.EventsRead)
                ? new OverviewDeliveries(
                    admin ? state.Hour.Sum(FigureField.Delivered) : seen.Sum(c => c.Delivered), admin ? state.Hour.Sum(FigureField.Failed)
                        : 0, seen.Sum(c => c.Pending + c.Retrying), seen.Sum(c => c.Dead), seen.Select(c => c.OldestDue.TotalSeconds)
                        .DefaultIfEmpty().Max())
                : null,
            Replays = [.. Replays(caller, state)],
            Uploads = queues.GetValueOrDefault("uploads"),
            Calls = queues.GetValueOrDefault("calls"),
            Jobs = admin ? queues : null,
            Budget = shares,
            Replicas = admin ? fleet : null,
            Store = admin
                ? new OverviewStore(probe.Available, probe.Latency?.TotalMilliseconds, probe.Durability.ToString().ToLowerInvariant())
                : null,
            Minute = state.At.ToUnixTimeSeconds() / 60,
        };
    }

    private static OverviewQueue Queue(QueueCounts counts) =>
        new(counts.Of(counts.Job.States.UnderWay), counts.Of(counts.Job.States.Stopped), counts.OldestDue.TotalSeconds);

    private static IEnumerable<OverviewReplay> Replays(Caller caller, OrganizationState state)
    {
        foreach (var replay in caller.May(Permissions.EventsRead) || caller.May(Permissions.SubscriptionsWrite) ? state.Replays : [])
        {
            if (state.Registry.Find(new SubscriptionId(replay.Data.Subscription)) is { } subscription
                && SubscriptionAccess.Sees(caller, subscription))
            {
                yield return new OverviewReplay(
                    replay.Id.Value, subscription.Id.Value, OverviewProblems.Name(subscription), replay.State, replay.Data.Done,
                    replay.Data.Count);
            }
        }
    }

    private static OverviewNow Now(Caller caller, bool admin, FigureSpan hour)
    {
        var whole = hour.Buckets[^2];
        (double PerSecond, long LastHour) Of(string kind)
        {
            var fields = hour.ByClient(kind).Where(f => admin || f.Client == caller.Client.Value).Select(f => f.Field).ToList();
            var perSecond = fields.Sum(f => whole.Counts.GetValueOrDefault(f)) / hour.Step.TotalSeconds;
            return (Math.Round(perSecond, 2), fields.Sum(hour.Sum));
        }

        var (calls, requests) = (Of(FigureField.Calls), Of(FigureField.Requests));
        var latencies = FigureSpan.Latencies(hour.Buckets.TakeLast(5));
        return new OverviewNow(
            calls.PerSecond,
            calls.LastHour,
            requests.PerSecond,
            requests.LastHour,
            admin ? LatencyBuckets.Percentile(latencies, 0.5) : null,
            admin ? LatencyBuckets.Percentile(latencies, 0.95) : null,
            admin ? LatencyBuckets.Percentile(latencies, 0.99) : null);
    }

    private IEnumerable<OverviewBudget> Budget(Caller caller, bool admin)
    {
        if (budget is null)
        {
            yield break;
        }

        foreach (var (name, options) in clients.Current.OrderBy(c => c.Key, StringComparer.OrdinalIgnoreCase))
        {
            var theirs = string.IsNullOrEmpty(options.Organization) || options.Organization == Client.Any
                || string.Equals(options.Organization, caller.Organization.Value, StringComparison.OrdinalIgnoreCase);
            if (theirs && (admin || string.Equals(name, caller.Client.Value, StringComparison.OrdinalIgnoreCase)))
            {
                var share = budget.For(caller.Organization, new(name), userToken: false);
                yield return new OverviewBudget(name, share.Quota, share.Remaining, share.WindowSeconds, share.ResetSeconds, share.Queued);
            }
        }
    }

    private async Task<HealthReport> CheckedAsync() =>
        await _checks.GetAsync("all", CheckAsync) is { Status: HealthStatus.Healthy } well
            ? well
            : await _again.GetAsync("all", CheckAsync);

    private Task<HealthReport> CheckAsync(string all) => checks.CheckHealthAsync(CancellationToken.None);
}
