namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>The answer of <c>GET /v1/overview</c>: what is wrong now, then figures. What the caller may not see is null.</summary>
internal sealed record OverviewAnswer
{
    public required DateTimeOffset At { get; init; }

    public required string Organization { get; init; }

    public required string Client { get; init; }

    /// <summary><c>organization</c> for <c>admin</c>, else <c>client</c>: its own.</summary>
    public required string Sees { get; init; }

    /// <summary>What is wrong now, the worst first; empty when nothing is.</summary>
    public required IReadOnlyList<OverviewProblem> Problems { get; init; }

    public OverviewNow? Now { get; init; }

    public OverviewEvents? Events { get; init; }

    public OverviewDeliveries? Deliveries { get; init; }

    /// <summary>Replays that are under way or paused, newest first.</summary>
    public IReadOnlyList<OverviewReplay> Replays { get; init; } = [];

    public OverviewQueue? Uploads { get; init; }

    public OverviewQueue? Calls { get; init; }

    /// <summary>Every kind of job that has a line here by its name, uploads and calls included; only for <c>admin</c>.</summary>
    public IReadOnlyDictionary<string, OverviewQueue>? Jobs { get; init; }

    /// <summary>Each client's share of the budget, as the replica that answers sees it.</summary>
    public IReadOnlyList<OverviewBudget>? Budget { get; init; }

    public IReadOnlyList<Replica>? Replicas { get; init; }

    public OverviewStore? Store { get; init; }

    /// <summary>The minute that the figures end in; another one means that there are new figures.</summary>
    public long Minute { get; init; }
}

/// <summary>One thing that is wrong, in words.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Severity"><c>critical</c> or <c>warning</c>.</param>
/// <param name="Subject">The subscription, client or part that it is about.</param>
/// <param name="Title">What is wrong.</param>
/// <param name="Detail">What that means, and what to do.</param>
/// <param name="Since">Since when, where that is known.</param>
/// <param name="Action">What mends it: a page of the console, or a command to run.</param>
internal sealed record OverviewProblem(
    string Code, string Severity, string Subject, string Title, string Detail, DateTimeOffset? Since = null, OverviewAction? Action = null);

/// <summary>What to do about a problem.</summary>
/// <param name="Href">A page of the console; null where a command helps.</param>
/// <param name="Command">What to run in a shell beside the gateway; null where a page helps.</param>
internal sealed record OverviewAction(string Name, string? Href, string? Command = null);

/// <summary>Calls and requests: of all clients for <c>admin</c>, else the caller's.</summary>
/// <param name="CallsPerSecond">Applications' calls to Siro's API, refused ones too, over the last whole minute.</param>
/// <param name="SiroPerSecond">Requests that were sent to Siro, by the gateway itself too, over the last whole minute.</param>
/// <param name="AddedP50">Milliseconds that the gateway adds, over the last five minutes; null where nothing was called, or for callers
/// without <c>admin</c>.</param>
internal sealed record OverviewNow(
    double CallsPerSecond, long CallsLastHour, double SiroPerSecond, long SiroLastHour, double? AddedP50, double? AddedP95,
    double? AddedP99);

internal sealed record OverviewEvents(long LastHour, long Retained);

/// <param name="OldestSeconds">How long the longest due delivery has been due; 0 when none waits.</param>
internal sealed record OverviewDeliveries(long DeliveredLastHour, long FailedAttemptsLastHour, long Waiting, long Dead,
    double OldestSeconds);

/// <param name="Name">The subscription's description, or its id.</param>
/// <param name="State"><c>replaying</c> or <c>paused</c>.</param>
internal sealed record OverviewReplay(string Id, string SubscriptionId, string Name, string State, int Done, int Count);

/// <param name="OldestSeconds">How long the longest due job has been due; 0 when none waits.</param>
internal sealed record OverviewQueue(long InFlight, long Stopped, double OldestSeconds);

/// <param name="Queued">Requests that wait in the replica that answers.</param>
internal sealed record OverviewBudget(string Client, int Limit, int Remaining, int WindowSeconds, int ResetSeconds, int Queued);

internal sealed record OverviewStore(bool Available, double? LatencyMs, string Durability);
