using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Access;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Subscriptions;
using Siro.Gateway.Uploads.Jobs;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>Says in words what is wrong now, the worst first, each with what to do.</summary>
internal static class OverviewProblems
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<OverviewProblem> Of(
        Caller caller, OrganizationState state, IReadOnlyList<OverviewBudget> budget, IReadOnlyList<Replica> replicas, HealthReport? health)
    {
        var admin = caller.May(Permissions.Admin);
        return
        [
            .. Subscriptions(caller, state)
                .Concat(admin ? SystemProblems.Of(state.Alerts, replicas, health) : [])
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

        foreach (var subscription in state.Registry.Subscriptions.Values.Where(s => SubscriptionAccess.Sees(caller, s)).OrderBy(s => s.Id.Value, StringComparer.Ordinal))
        {
            var name = Name(subscription);
            var id = Uri.EscapeDataString(subscription.Id.Value);
            var here = "#/subscriptions/" + id;
            if (!subscription.Enabled && subscription.DisabledReason is "gone" or "failing")
            {
                yield return new OverviewProblem("subscription_disabled", "critical", subscription.Id.Value, $"Subscription {name} was disabled",
                    subscription.DisabledReason == "gone" ? "Its endpoint answered 410 Gone. Its events are kept as skipped." : "Nothing succeeded at its endpoint for days. Its events are kept as skipped.",
                    subscription.DisabledAt, new("Enable it", here));
            }
            else if (subscription.Enabled && state.Registry.FailingSince.TryGetValue(subscription.Id, out var since))
            {
                yield return new OverviewProblem("subscription_failing", "critical", subscription.Id.Value, $"Subscription {name} is failing",
                    "No attempt has succeeded. Deliveries are tried again on their schedule.", since, new("See why", here));
            }

            var counts = state.Deliveries.GetValueOrDefault(subscription.Id);
            if (counts is { Dead: > 0 })
            {
                yield return new OverviewProblem("dead_letters", "warning", subscription.Id.Value, $"{Count(counts.Dead, "dead letter")} for {name}",
                    "All attempts failed. They are kept and can be sent again, once the endpoint works.", null, new("Replay", "#/deliveries?state=dead&subscription=" + id));
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

    private static IEnumerable<OverviewProblem> Queues(OrganizationState state)
    {
        if (state.Uploads.OldestDue > TooLong)
        {
            yield return new OverviewProblem("uploads_waiting", "warning", "uploads", $"An upload has waited for {Time(state.Uploads.OldestDue)}",
                "It is due and nobody runs it: are there enough replicas, and does Siro answer?", state.At - state.Uploads.OldestDue, new("Uploads", "#/uploads"));
        }

        if (state.Calls.OldestDue > TooLong)
        {
            yield return new OverviewProblem("calls_waiting", "warning", "calls", $"A call has waited for {Time(state.Calls.OldestDue)}",
                "It is due and nobody runs it: are there enough replicas, and does the provider answer?", state.At - state.Calls.OldestDue, new("Calls", "#/calls"));
        }

        if (state.Uploads.Of(UploadState.Uncertain) is > 0 and var uncertain)
        {
            yield return new OverviewProblem("uploads_uncertain", "warning", "uploads", $"{Count(uncertain, "upload")} may or may not be in Siro",
                "Siro did not say whether it made the recording. Look whether it is there before you create it again.", null, new("Decide", "#/uploads?status=uncertain"));
        }

        if (state.Calls.Of(CallState.NeedsRep) is > 0 and var reps)
        {
            yield return new OverviewProblem("calls_need_rep", "warning", "calls", reps == 1 ? "1 call needs a rep" : $"{Number(reps)} calls need a rep",
                "Nobody said who made the call, so Siro would never process it.", null, new("Assign", "#/calls?status=needs_rep"));
        }

        if (state.Calls.Of(CallState.Failed) is > 0 and var failed)
        {
            yield return new OverviewProblem("calls_failed", "warning", "calls", $"{Count(failed, "call")} failed for good", "Each says why, and can be tried again.", null, new("See why", "#/calls?status=failed"));
        }
    }

    private static string Name(Subscription subscription)
    {
        const int Longest = 60;
        return subscription.Description is not { Length: > 0 } described ? subscription.Id.Value
            : described.Length <= Longest ? described
            : described[..(char.IsHighSurrogate(described[Longest - 1]) ? Longest - 1 : Longest)] + "…";
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time.TotalHours < 1 ? $"{(int)time.TotalMinutes} min" : $"{(int)time.TotalHours} h";
}
