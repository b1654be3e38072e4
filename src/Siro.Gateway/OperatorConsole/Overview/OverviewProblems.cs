using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Access;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>Says in words what is wrong now, the worst first, each with what to do.</summary>
internal static class OverviewProblems
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<OverviewProblem> Of(
        Caller caller, OrganizationState state, IReadOnlyList<OverviewBudget> budget, IReadOnlyList<Replica> replicas, HealthReport? health,
        IReadOnlyList<Drift> drifts)
    {
        var admin = caller.May(Permissions.Admin);
        return
        [
            .. Subscriptions(caller, state)
                .Concat(admin ? SystemProblems.Of(state.Alerts, replicas, health, drifts, state.At) : [])
                .Concat(admin ? Queues(state) : [])
                .Concat(BudgetProblems.Of(budget, state.Hour))
                .OrderBy(p => p.Severity == "critical" ? 0 : 1),
        ];
    }

    internal static string Count(long count, string word) => count == 1 ? $"1 {word}" : $"{Number(count)} {word}s";

    private static IEnumerable<OverviewProblem> Subscriptions(Caller caller, OrganizationState state)
    {
        if (!caller.May(Permissions.EventsRead) && !caller.May(Permissions.SubscriptionsWrite))
        {
            yield break;
        }

        foreach (var subscription in state.Registry.Subscriptions.Values.Where(s => SubscriptionAccess.Sees(caller, s)).OrderBy(
            s => s.Id.Value, StringComparer.Ordinal))
        {
            var name = Name(subscription);
            var id = Uri.EscapeDataString(subscription.Id.Value);
            var here = "#/subscriptions/" + id;
            var counts = state.Deliveries.GetValueOrDefault(subscription.Id);
            if (!subscription.Enabled && subscription.DisabledReason is "gone" or "failing")
            {
                yield return new OverviewProblem(
                    "subscription_disabled", "critical", subscription.Id.Value, $"Subscription {name} was disabled",
                    subscription.DisabledReason == "gone"
                        ? "Its endpoint answered 410 Gone. Its events are kept as skipped."
                        : $"Nothing succeeded at its endpoint for days. {FailureWords.Last(counts)}Its events are kept as skipped.",
                    subscription.DisabledAt, new("Enable it", here));
            }
            else if (subscription.Enabled && state.Registry.FailingSince.TryGetValue(subscription.Id, out var since))
            {
                yield return new OverviewProblem(
                    "subscription_failing", "critical", subscription.Id.Value, $"Subscription {name} is failing",
                    FailureWords.Of(counts), since, new("See why", here));
            }

            if (counts is { Dead: > 0 })
            {
                yield return new OverviewProblem(
                    "dead_letters", "warning", subscription.Id.Value, $"{Count(counts.Dead, "dead letter")} for {name}",
                    "All attempts failed. They are kept and can be sent again, once the endpoint works.", null,
                    new("Replay", "#/deliveries?state=dead&subscription=" + id));
            }

            if (counts is { Skipped: > 0 })
            {
                yield return Skipped(subscription, name, counts, here);
            }

            if (counts is not null && counts.OldestDue > TooLong)
            {
                yield return new OverviewProblem("deliveries_waiting", "warning", subscription.Id.Value,
                    $"Deliveries for {name} have waited for {Time(counts.OldestDue)}",
                    "They are due and not sent: its endpoint is slow, its rate or concurrency is low, or there are too few replicas.",
                    state.At - counts.OldestDue, new("See them", "#/deliveries?state=pending&subscription=" + id));
            }
        }
    }

    private static OverviewProblem Skipped(Subscription subscription, string name, DeliveryCounts counts, string here)
    {
        var count = counts.Skipped == 1 ? "1 delivery" : $"{Number(counts.Skipped)} deliveries";
        var (title, detail, action) = subscription switch
        {
            { Enabled: true } => (
                $"{count} to {name} {(counts.Skipped == 1 ? "was" : "were")} skipped while it was disabled",
                "Nobody sends what was skipped by itself: replay it, until retention takes it.",
                new OverviewAction("Replay", "#/deliveries?state=skipped&subscription=" + Uri.EscapeDataString(subscription.Id.Value))),
            { DisabledReason: "configuration" } => (
                $"{count} to {name} {(counts.Skipped == 1 ? "is" : "are")} skipped: it is disabled",
                "gateway.json disables it: enable it there, then replay what was skipped.", new("See it", here)),
            _ => (
                $"{count} to {name} {(counts.Skipped == 1 ? "is" : "are")} skipped: it is disabled",
                "What it would get is kept as skipped: enable it, then replay that.", new OverviewAction("Enable it", here)),
        };
        return new OverviewProblem(
            "deliveries_skipped", "warning", subscription.Id.Value, title, detail, counts.SkippedSince, action);
    }

    private static IEnumerable<OverviewProblem> Queues(OrganizationState state)
    {
        foreach (var counts in state.Jobs)
        {
            var (overview, here) = (counts.Job.Overview!, "#/" + counts.Job.Overview!.Name);
            if (counts.OldestDue > TooLong)
            {
                var name = char.ToUpperInvariant(overview.Name[0]) + overview.Name[1..];
                yield return new OverviewProblem(
                    overview.Name + "_waiting", "warning", overview.Name, $"{overview.One} has waited for {Time(counts.OldestDue)}",
                    "It is due and nobody runs it: " + overview.Hint,
                    state.At - counts.OldestDue,
                    overview.HasPage ? new(name, here) : null);
            }

            foreach (var problem in overview.Problems)
            {
                var count = counts.Of([problem.State]);
                if (count > 0)
                {
                    var title = count == 1 ? problem.One : problem.Many.Replace("{0}", Number(count), StringComparison.Ordinal);
                    var action = overview.HasPage ? new OverviewAction(problem.Action, $"{here}?status={problem.State}") : null;
                    yield return new OverviewProblem(problem.Code, "warning", overview.Name, title, problem.Detail, null, action);
                }
            }
        }
    }

    internal static string Name(Subscription subscription)
    {
        const int Longest = 60;
        return subscription.Description is { Length: > 0 } described ? Cut(described, Longest) : subscription.Id.Value;
    }

    /// <summary>The beginning of a text that is too long for a line.</summary>
    internal static string Cut(string text, int longest) => text.Length <= longest
        ? text
        : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "…";

    internal static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time.TotalHours < 1 ? $"{(int)time.TotalMinutes} min" : $"{(int)time.TotalHours} h";
}
