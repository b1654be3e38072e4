namespace Siro.Gateway.Client.Access;

/// <summary>The caller as the gateway sees it.</summary>
public sealed record CallerInfo
{
    /// <summary>The client's name in the gateway's configuration.</summary>
    public required string Client { get; init; }

    /// <summary>The organization that calls work on.</summary>
    public required string Organization { get; init; }

    /// <summary>Permission words, for example <c>uploads:write</c>.</summary>
    public required IReadOnlyList<string> Permissions { get; init; }

    /// <summary>The Siro user id that calls act for; null without one.</summary>
    public string? ActingUser { get; init; }

    /// <summary><c>interactive</c>, <c>batch</c> or <c>background</c>.</summary>
    public required string Priority { get; init; }

    /// <summary>The client's weight among those that share Siro's limit.</summary>
    public double Weight { get; init; }

    /// <summary>What is left of the client's shares of Siro's limit; null when it is not known now.</summary>
    public CallerBudget? Budget { get; init; }
}

/// <summary>Shares of Siro's limit, one for each kind of token.</summary>
/// <param name="Organization">Of the organization token: <c>/external</c>.</param>
/// <param name="User">Of the acting user's token: <c>/platform</c>, <c>/internal</c>, uploads; null without an acting user.</param>
public sealed record CallerBudget(BudgetLeft Organization, BudgetLeft? User);

/// <summary>One share.</summary>
/// <param name="Limit">Calls in each window.</param>
/// <param name="Remaining">Calls left now.</param>
/// <param name="WindowSeconds">The window's length.</param>
/// <param name="ResetSeconds">When there is more.</param>
public sealed record BudgetLeft(int Limit, int Remaining, int WindowSeconds, int ResetSeconds);
