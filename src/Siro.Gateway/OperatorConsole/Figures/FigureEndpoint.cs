using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole.Figures;

/// <summary>
/// <c>GET /v1/figures?range=1h|24h&amp;subscription=</c>: what the charts show. <c>admin</c> sees all clients, others their own; events and
/// deliveries with <c>events:read</c>.
/// </summary>
internal sealed class FigureEndpoint(FigureReader figures, SubscriptionAccess access)
{
    /// <summary>Clients with a line of their own; the others are one.</summary>
    private const int MostClients = 5;

    public async Task<IResult> GetAsync(HttpContext context)
    {
        var caller = context.Caller();
        var query = context.Request.Query;
        var day = query.Text("range") switch
        {
            null or "1h" => false,
            "24h" => true,
            _ => throw QueryValues.Wrong("range", "must be 1h or 24h"),
        };
        if (query.Text("subscription") is { } named)
        {
            var subscription = await access.FindAsync(caller, named, context.RequestAborted);
            return Results.Ok(
                OfSubscription(await figures.ReadAsync(caller.Organization, subscription.Id.Value, day), subscription.Id.Value));
        }

        var span = await figures.ReadAsync(caller.Organization, day);
        return Results.Ok(new FigureAnswer
        {
            Times = Times(span),
            StepSeconds = (int)span.Step.TotalSeconds,
            Calls = Calls(span, caller, FigureField.Calls),
            Siro = Calls(span, caller, FigureField.Requests),
            Latency = caller.May(Permissions.Admin) ? Latency(span) : null,
            Hub = caller.May(Permissions.EventsRead)
                ? new Dictionary<string, double?[]>(StringComparer.Ordinal)
                {
                    ["events in"] = PerMinute(span, FigureField.EventIn),
                    ["delivered"] = PerMinute(span, FigureField.Delivered),
                    ["failed attempts"] = PerMinute(span, FigureField.Failed),
                }
                : null,
        });
    }

    private static FigureAnswer OfSubscription(FigureSpan span, string id) => new()
    {
        Times = Times(span),
        StepSeconds = (int)span.Step.TotalSeconds,
        Hub = new Dictionary<string, double?[]>(StringComparer.Ordinal)
        {
            ["delivered"] = PerMinute(span, FigureField.Attempt(id, true)),
            ["failed attempts"] = PerMinute(span, FigureField.Attempt(id, false)),
        },
        Latency = new Dictionary<string, double?[]>(StringComparer.Ordinal)
        {
            ["average answer"] =
                [.. span.Buckets.Select(b => b.Counts.GetValueOrDefault(FigureField.Attempt(id, true))
                + b.Counts.GetValueOrDefault(FigureField.Attempt(id, false)) is > 0 and var attempts
                ? Math.Round((double)b.Counts.GetValueOrDefault(FigureField.Took(id)) / attempts, 1)
                : (double?)null)],
        },
    };

    private static FigureCalls Calls(FigureSpan span, Caller caller, string kind)
    {
        var all = span.ByClient(kind).Where(f => caller.May(Permissions.Admin) || f.Client == caller.Client.Value).ToList();
        var clients = all.GroupBy(f => f.Client, StringComparer.Ordinal).OrderByDescending(g => g.Sum(f => span.Sum(f.Field))).ToList();
        var byClient = clients.Take(MostClients)
            .ToDictionary(g => g.Key, g => PerSecond(span, [.. g.Select(f => f.Field)]), StringComparer.Ordinal);
        if (clients.Count > MostClients)
        {
            byClient["others"] = PerSecond(span, [.. clients.Skip(MostClients).SelectMany(g => g.Select(f => f.Field))]);
        }

        return new FigureCalls(
            byClient,
            all.GroupBy(f => f.Digit).OrderBy(g => g.Key)
                .ToDictionary(
                    g => g.Key == '0' ? "no answer" : g.Key + "xx", g => PerSecond(span, [.. g.Select(f => f.Field)]),
                    StringComparer.Ordinal));
    }

    private static Dictionary<string, double?[]> Latency(FigureSpan span) => new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99) }
        .ToDictionary(p => p.Item1, p => span.Buckets.Select(b => LatencyBuckets.Percentile(FigureSpan.Latencies([b]), p.Item2)).ToArray(),
            StringComparer.Ordinal);

    private static DateTimeOffset[] Times(FigureSpan span) => [.. span.Buckets.Select(b => b.At)];

    private static double?[] PerMinute(FigureSpan span, string field) =>
        [.. span.Buckets.Select(b => (double?)Math.Round(b.Counts.GetValueOrDefault(field) / span.Step.TotalMinutes, 2))];

    private static double?[] PerSecond(FigureSpan span, string[] fields) =>
        [.. span.Buckets.Select(b => (double?)Math.Round(fields.Sum(f => b.Counts.GetValueOrDefault(f)) / span.Step.TotalSeconds, 3))];
}

/// <summary>Figures over a time: one value of each series for each moment.</summary>
internal sealed record FigureAnswer
{
    /// <summary>The beginnings of the buckets, oldest first; the last one is not full yet.</summary>
    public required IReadOnlyList<DateTimeOffset> Times { get; init; }

    /// <summary>How long a bucket is.</summary>
    public int StepSeconds { get; init; }

    /// <summary>Applications' calls to Siro's API a second, by the status that they got: those that the gateway refused, too.</summary>
    public FigureCalls? Calls { get; init; }

    /// <summary>
    /// Requests that were sent to Siro a second, by its status: for calls, and those of uploads, telephone calls, sync and reconciliation;
    /// every retry. Those for tokens and of recordings' bytes are not among them.
    /// </summary>
    public FigureCalls? Siro { get; init; }

    /// <summary>Milliseconds: what the gateway adds to a call, or how long a subscriber took to answer.</summary>
    public IReadOnlyDictionary<string, double?[]>? Latency { get; init; }

    /// <summary>Events in, deliveries out, a minute.</summary>
    public IReadOnlyDictionary<string, double?[]>? Hub { get; init; }
}

/// <summary>Calls a second, by client and by the first digit of the status.</summary>
internal sealed record FigureCalls(IReadOnlyDictionary<string, double?[]> ByClient, IReadOnlyDictionary<string, double?[]> ByStatus);
