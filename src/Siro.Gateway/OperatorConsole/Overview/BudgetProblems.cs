using Siro.Gateway.OperatorConsole.Figures;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>Clients that want more of the budget than they get: those whose share is used up in the replica that answers, and those that
/// any replica refused in the last minutes.</summary>
internal static class BudgetProblems
{
    private const string Code = "budget_exhausted";
    private const int Minutes = 3;

    public static IEnumerable<OverviewProblem> Of(IReadOnlyList<OverviewBudget> budget, FigureSpan hour)
    {
        foreach (var share in budget)
        {
            var refused = hour.Buckets.TakeLast(Minutes).Sum(b => b.Counts.GetValueOrDefault(FigureField.Refusal(share.Client, Code)));
            if (refused == 0 && share.Remaining > 0)
            {
                continue;
            }

            var what = refused == 0
                ? share.Queued == 0 ? "" : $"{OverviewProblems.Count(share.Queued, "call")} of it wait here. "
                : $"{OverviewProblems.Count(refused, "call")} of it got 429 in the last {Minutes} minutes. ";
            var more = share.Remaining > 0 ? "" : $"; more comes in {share.ResetSeconds} s";
            yield return new OverviewProblem(
                Code, "warning", share.Client, $"The budget of {share.Client} is used up",
                $"{what}Its share is {share.Limit} requests in {share.WindowSeconds} s{more}. Calls wait, then get 429. "
                + "A larger share is its Weight, a larger limit Siro's to give.",
                null, new("Its client", "#/clients/" + Uri.EscapeDataString(share.Client)));
        }
    }
}
