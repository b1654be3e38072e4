using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siro.Gateway.Alerts;
using Siro.Gateway.OperatorConsole.Figures;
using Siro.Gateway.OperatorConsole.Overview;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.OperatorConsole;

/// <summary>What the overview says is wrong, in words and with what to do.</summary>
public sealed class OverviewProblemTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_client_whose_share_is_used_up_is_named()
    {
        var problem = Assert.Single(BudgetProblems.Of([Share("crm", remaining: 0, queued: 3), Share("other", remaining: 5)], Hour()));

        Assert.Equal(("budget_exhausted", "crm", "The budget of crm is used up"), (problem.Code, problem.Subject, problem.Title));
        Assert.StartsWith("3 calls of it wait here. Its share is 100 requests in 60 s; more comes in 7 s.", problem.Detail,
            StringComparison.Ordinal);
        Assert.Equal("#/clients/crm", problem.Action!.Href);
    }

    [Fact]
    public void A_client_that_any_replica_refused_in_the_last_minutes_is_named()
    {
        var hour = Hour((57, "r|budget_exhausted|crm", 4), (59, "r|budget_exhausted|crm", 8), (10, "r|budget_exhausted|other", 9),
            (59, "r|user_forbidden|other", 9));
        var problem = Assert.Single(BudgetProblems.Of([Share("crm", remaining: 50), Share("other", remaining: 50)], hour));

        Assert.StartsWith("12 calls of it got 429 in the last 3 minutes. Its share is 100 requests in 60 s. Calls wait", problem.Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Alerts_are_told_in_words_with_what_to_do_and_ended_ones_are_not()
    {
        OpenAlert[] alerts =
        [
            Alert(AlertKind.TokensFailing, "user_tokens", 1), Alert(AlertKind.TokensFailing, "client_tokens", 1),
            Alert(AlertKind.SiroUnavailable, "external", 1), Alert(AlertKind.BudgetUsedUp, "organization_token", 1),
            Alert(AlertKind.TokensFailing, "over", 0), Alert(AlertKind.DeadLetters, "deliveries", 1),
        ];
        var problems = SystemProblems.Of(alerts, [], Health(("siro", "Most calls to external fail.")), [], Noon).ToList();

        Assert.Equal(
            ["User tokens can't be minted", "There are no new client tokens", "Siro's external host fails",
                "Nearly all requests that Siro allows are in use"],
            problems.Select(p => p.Title));
        Assert.All(problems, p => Assert.Equal(Noon, p.Since));
        Assert.All(problems, p => Assert.NotNull(p.Action?.Command ?? p.Action?.Href));
    }

    [Fact]
    public void Checks_and_lost_replicas_are_told()
    {
        var problems = SystemProblems.Of(
            [], [new Replica("one", "1.0.0", "ready", Noon, Noon), new Replica("two", "1.0.0", "lost", Noon, Noon)],
                Health(("store", "It does not keep what it promises."), ("siro", "x")), [], Noon).ToList();

        Assert.Equal(["Nothing is heard of replica two", "The store is not well", "Siro does not answer"], problems.Select(p => p.Title));
        Assert.Equal("It does not keep what it promises. Events and uploads may be refused until it is.", problems[1].Detail);
    }

    [Fact]
    public void A_changed_contract_is_one_line_the_worst_first()
    {
        var harmless = Changed(DriftKind.UnknownValue, "The answer to GET /v1/core/users on external has the value 'x'.", Noon);
        var problem = Assert.Single(SystemProblems.Of([], [], null, [harmless], Noon));
        Assert.Equal(("contract_changed", "warning", "siro-gateway doctor --contracts"),
            (problem.Code, problem.Severity, problem.Action!.Command));
        Assert.StartsWith(harmless.What, problem.Detail, StringComparison.Ordinal);

        var refused = Changed(DriftKind.RequiredField, "POST /v1/x on platform is refused without the field 'region'.", Noon.AddHours(-1));
        problem = Assert.Single(SystemProblems.Of([], [], null, [harmless, refused], Noon));
        Assert.Equal(("critical", Noon.AddHours(-1)), (problem.Severity, problem.Since));
        Assert.StartsWith(refused.What + " 1 other difference in /health/detail.", problem.Detail, StringComparison.Ordinal);

        // Rolled back: Siro has not refused it for an hour.
        problem = Assert.Single(SystemProblems.Of([], [], null, [harmless, refused], Noon.AddHours(1)));
        Assert.Equal("warning", problem.Severity);
        Assert.EndsWith("Last seen 12:00 UTC.", problem.Detail, StringComparison.Ordinal);
    }

    private static Drift Changed(DriftKind kind, string what, DateTimeOffset first) =>
        new("external", "GET /v1/core/users", kind, what, first, Noon, 1);

    private static OverviewBudget Share(string client, int remaining, int queued = 0) => new(client, 100, remaining, 60, 7, queued);

    private static OpenAlert Alert(AlertKind kind, string subject, int level) =>
        new(new AlertKey(kind, subject), level, Noon, TimeSpan.Zero, "Said.");

    private static HealthReport Health(params (string Name, string Said)[] checks) => new(
        checks.ToDictionary(c => c.Name, c => new HealthReportEntry(HealthStatus.Degraded, c.Said, TimeSpan.Zero, null, null)),
            TimeSpan.Zero);

    private static FigureSpan Hour(params (int Minute, string Field, long Count)[] counts) => new(
        TimeSpan.FromMinutes(1),
        [.. Enumerable.Range(0, 60).Select(m =>
            new FigureBucket(Noon.AddMinutes(m), counts.Where(c => c.Minute == m)
            .ToDictionary(c => c.Field, c => c.Count, StringComparer.Ordinal)))]);
}
