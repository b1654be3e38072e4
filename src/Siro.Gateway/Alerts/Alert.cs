using Siro.Gateway.Common;

namespace Siro.Gateway.Alerts;

/// <summary>
/// What can go wrong slowly enough to be told before it is too late. Each has a word for its beginning and one for its end, which are event
/// types too.
/// </summary>
/// <param name="Firing">For example <c>subscription.failing</c>.</param>
/// <param name="Ended">For example <c>subscription.recovered</c>.</param>
internal sealed record AlertKind(string Firing, string Ended)
{
    /// <summary>Nothing succeeds at a subscription's endpoint; the level is the percentage of the time to its disabling.</summary>
    public static readonly AlertKind SubscriptionFailing = new("subscription.failing", "subscription.recovered");

    /// <summary>An organization has more dead letters than <c>Alerts:DeadLetters</c>.</summary>
    public static readonly AlertKind DeadLetters = new("deliveries.dead", "deliveries.recovered");

    /// <summary>More than <c>Alerts:BudgetPercent</c> of a token's budget is in use.</summary>
    public static readonly AlertKind BudgetUsedUp = new("budget.used_up", "budget.recovered");

    /// <summary>Siro mints no user tokens, or no client tokens, for an organization.</summary>
    public static readonly AlertKind TokensFailing = new("tokens.failing", "tokens.recovered");

    /// <summary>The circuit breaker of one of Siro's hosts is open.</summary>
    public static readonly AlertKind SiroUnavailable = new("siro.unavailable", "siro.recovered");

    public static readonly IReadOnlyList<AlertKind> All = [SubscriptionFailing, DeadLetters, BudgetUsedUp, TokensFailing, SiroUnavailable];

    /// <summary>The kind of this firing word.</summary>
    public static AlertKind Of(string firing) => All.First(k => k.Firing == firing);
}

/// <summary>What is alerted of, within its scope. Written as it stands in the store: the firing word, <c>|</c>, the subject.</summary>
internal readonly record struct AlertKey(AlertKind Kind, string Subject)
{
    public static AlertKey Parse(string text)
    {
        var parts = text.Split('|', 2);
        return new AlertKey(AlertKind.Of(parts[0]), parts[1]);
    }

    public override string ToString() => $"{Kind.Firing}|{Subject}";
}

/// <summary>What a source sees now.</summary>
/// <param name="Organization">Whose it is; null for what concerns all.</param>
/// <param name="Subject">What exactly: a subscription's id, a host. Part of a key's field: no secrets, no white space.</param>
/// <param name="Level">From 1; for <see cref="AlertKind.SubscriptionFailing"/> the percentage that was reached.</param>
/// <param name="Detail">One sentence for people.</param>
internal sealed record AlertSignal(AlertKind Kind, OrganizationKey? Organization, string Subject, int Level, string Detail)
{
    /// <summary>Names it within its scope.</summary>
    public AlertKey Key => new(Kind, Subject);
}

/// <summary>Sees what fires now. Asked again and again; remembers nothing.</summary>
internal interface IAlertSource
{
    AlertKind Kind { get; }

    /// <summary>
    /// True where every replica sees the same, so that one asks for all, and what is not seen any more has ended. False where a replica
    /// sees its own share: an episode ends there when nobody has seen it for <c>Alerts:Quiet</c>.
    /// </summary>
    bool IsShared { get; }

    /// <summary>May throw <see cref="Store.StoreUnavailableException"/>.</summary>
    Task<IReadOnlyList<AlertSignal>> ReadAsync(CancellationToken cancellationToken);
}
