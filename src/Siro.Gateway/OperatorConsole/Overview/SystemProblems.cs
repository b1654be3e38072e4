using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Alerts;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>
/// What concerns every client: replicas, the checks of the replica that answers and the changes of Siro's contract that it has seen, and
/// alerts that any replica raised.
/// </summary>
internal static class SystemProblems
{
    /// <summary>How long a request that Siro refused for a changed contract counts as one that it refuses.</summary>
    private static readonly TimeSpan Refusing = TimeSpan.FromMinutes(15);

    private static readonly OverviewAction Doctor = new("Find the cause", null, "siro-gateway doctor");

    public static IEnumerable<OverviewProblem> Of(
        IReadOnlyList<OpenAlert> alerts, IReadOnlyList<Replica> replicas, HealthReport? health, IReadOnlyList<Drift> drifts,
        DateTimeOffset now)
    {
        if (OfContract(drifts, now) is { } changed)
        {
            yield return changed;
        }

        foreach (var alert in alerts.Where(a => a.Level > 0))
        {
            // What subscriptions, dead letters and clients suffer is told with their names beside it.
            if (alert.Key.Kind == AlertKind.TokensFailing)
            {
                yield return new OverviewProblem(
                    "tokens_failing", "critical", alert.Key.Subject,
                    alert.Key.Subject == "client_tokens" ? "There are no new client tokens" : "User tokens can't be minted",
                    $"{alert.Detail} Calls that need one fail once the tokens in memory end.", alert.Since, Doctor);
            }
            else if (alert.Key.Kind == AlertKind.SiroUnavailable)
            {
                yield return new OverviewProblem("siro_unavailable", "critical", alert.Key.Subject,
                    $"Siro's {alert.Key.Subject} host fails", alert.Detail, alert.Since, Doctor);
            }
            else if (alert.Key.Kind == AlertKind.BudgetUsedUp)
            {
                yield return new OverviewProblem(
                    "budget_used_up", "warning", alert.Key.Subject, "Nearly all requests that Siro allows are in use",
                    alert.Detail, alert.Since, new("Who uses them", "#/clients"));
            }
        }

        foreach (var lost in replicas.Where(r => r.Status == "lost"))
        {
            yield return new OverviewProblem(
                "replica_lost", "warning", lost.Name, $"Nothing is heard of replica {lost.Name}",
                "It ended without saying so, or can't reach the store. Its work has been taken over; the end of its log says why.",
                lost.SeenAt);
        }

        var told = alerts.Any(a => a.Level > 0 && a.Key.Kind == AlertKind.SiroUnavailable);
        foreach (var (name, entry) in health?.Entries.Where(e => e.Value.Status != HealthStatus.Healthy
            && !(told && e.Key == "siro")) ?? [])
        {
            var (title, detail) = name switch
            {
                "store" => ("The store is not well", "Events and uploads may be refused until it is."),
                "siro" => ("Siro does not answer",
                    "Calls are refused early, so that they don't pile up. They are let through again as soon as it answers."),
                "identity" => ("The identity provider does not answer", "Callers with known tokens are let in; new tokens may be refused."),
                "budget" => ("The budget is not shared", "Each replica keeps to its own share of the limit until the store answers."),
                "spool" => ("The spool is short of room",
                    "Uploads are refused with 503 spool_full when it is full. More replicas, or a larger volume."),
                _ => ($"The check '{name}' fails", "See /health/detail."),
            };
            yield return new OverviewProblem(
                "check_" + name, entry.Status == HealthStatus.Unhealthy ? "critical" : "warning", name, title,
                entry.Description is { Length: > 0 } said ? $"{said.TrimEnd('.')}. {detail}" : detail, null,
                    name is "store" or "siro" or "identity" ? Doctor : null);
        }
    }

    /// <summary>One line for all of them: the latest in words, the others by their number.</summary>
    private static OverviewProblem? OfContract(IReadOnlyList<Drift> drifts, DateTimeOffset now)
    {
        if (drifts.Count == 0)
        {
            return null;
        }

        // What Siro refuses fails; of anything else the gateway goes on with what there is. What was rolled back is only remembered.
        var refused = drifts.FirstOrDefault(d => d.IsRefusal && now - d.LastSeen < Refusing);
        var told = refused ?? drifts[0];
        var others = drifts.Count == 1 ? "" : $" {OverviewProblems.Count(drifts.Count - 1, "other difference")} in /health/detail.";
        var advice = refused is not null ? "A newer gateway may send what Siro wants."
            : told.IsRefusal ? "Siro has not refused it for a while."
            : "The gateway refuses nothing for it: look whether what you read is still there.";
        var seen = FormattableString.Invariant($"Last seen {told.LastSeen:HH:mm} UTC.");
        return new OverviewProblem("contract_changed", refused is null ? "warning" : "critical", "siro", "Siro's contract has changed",
            $"{told.What}{others} {advice} {seen}", drifts.Min(d => d.FirstSeen),
            new("Compare the contract", null, "siro-gateway doctor --contracts"));
    }
}
