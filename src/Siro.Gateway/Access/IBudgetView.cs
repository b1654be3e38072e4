namespace Siro.Gateway.Access;

/// <summary>What <c>/v1/me</c> tells of the budget. Declared by Access, implemented by Budget; without an implementation <c>budget</c> is null.</summary>
public interface IBudgetView
{
    /// <summary>The caller's share as it stands now, or null when it is not known.</summary>
    ValueTask<BudgetLeft?> LeftAsync(Caller caller, CancellationToken cancellationToken);
}

/// <summary>A client's share of the organization's budget.</summary>
/// <param name="Limit">Requests a window that are the client's own.</param>
/// <param name="Remaining">Of those, still free.</param>
/// <param name="WindowSeconds">The window.</param>
/// <param name="ResetSeconds">Until the next one is free again; 0 while some are.</param>
public sealed record BudgetLeft(int Limit, int Remaining, int WindowSeconds, int ResetSeconds);
