using System.Text.Json.Serialization;

namespace Siro.Gateway.Access;

/// <summary><c>GET /v1/me</c>: the caller as the gateway sees it.</summary>
internal static class MeEndpoint
{
    public static async Task<Me> Get(HttpContext context, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var budget = context.RequestServices.GetService<IBudgetView>() is { } view ? await view.LeftAsync(caller, cancellationToken) : null;
        return new Me(caller.Client.Value, caller.Organization.Value, [.. caller.Permissions.Order(StringComparer.Ordinal)], caller.ActingUser?.Value, caller.Priority.ToString().ToLowerInvariant(), caller.Weight, budget);
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
        BudgetLeft? Budget);
}
