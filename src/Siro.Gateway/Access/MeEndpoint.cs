using System.Text.Json.Serialization;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary><c>GET /v1/me</c>: the caller as the gateway sees it.</summary>
internal static class MeEndpoint
{
    public static Me Get(HttpContext context)
    {
        var caller = context.Caller();
        var budget = context.RequestServices.GetService<IBudgetView>() is { } view
            ? new MyBudget(Left(view, caller, userToken: false), caller.ActingUser is null ? null : Left(view, caller, userToken: true))
            : null;
        return new Me(caller.Client.Value, caller.Organization.Value, [.. caller.Permissions.Order(StringComparer.Ordinal)],
            caller.ActingUser?.Value, caller.Priority.ToString().ToLowerInvariant(), caller.Weight, budget);
    }

    private static BudgetLeft Left(IBudgetView view, Caller caller, bool userToken)
    {
        var share = view.For(caller.Organization, caller.Client, userToken);
        return new BudgetLeft(share.Quota, share.Remaining, share.WindowSeconds, share.ResetSeconds);
    }

    /// <summary>The answer of <c>GET /v1/me</c>.</summary>
    /// <param name="Client">The client's name in the configuration.</param>
    /// <param name="Organization">The organization that its calls work on.</param>
    /// <param name="Permissions">The words it holds, in order.</param>
    /// <param name="ActingUser">The Siro user id on whose behalf it acts; null without one.</param>
    /// <param name="Priority"><c>interactive</c>, <c>batch</c> or <c>background</c>.</param>
    /// <param name="Weight">Its share among clients.</param>
    /// <param name="Budget">What is left of its budget; null when not known.</param>
    internal sealed record Me(
        string Client,
        string Organization,
        IReadOnlyList<string> Permissions,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? ActingUser,
        string Priority,
        double Weight,
        MyBudget? Budget);

    /// <summary>Siro counts by token: the organization's and the acting user's are two budgets.</summary>
    /// <param name="Organization">Of the organization token (<c>/external</c>).</param>
    /// <param name="User">Of the acting user's token (<c>/platform</c>, <c>/internal</c>); null without an acting user.</param>
    internal sealed record MyBudget(BudgetLeft Organization, BudgetLeft? User);

    /// <summary>A client's share of one token's budget, as this replica last saw it.</summary>
    /// <param name="Limit">Requests that are the client's own in a window.</param>
    /// <param name="Remaining">Of those, left now.</param>
    /// <param name="WindowSeconds">The window.</param>
    /// <param name="ResetSeconds">Whole seconds until there is more.</param>
    internal sealed record BudgetLeft(int Limit, int Remaining, int WindowSeconds, int ResetSeconds);
}
