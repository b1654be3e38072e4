namespace Siro.Gateway.Budget;

/// <summary>What a replica says of one token. See Budget/Scripts/exchange.lua.</summary>
/// <param name="Sent">When it was built, by this replica's own stopwatch.</param>
/// <param name="Away">The store was not reached for so long that this replica may have worked by itself.</param>
/// <param name="Told">Answers counted up to here, once it is confirmed.</param>
/// <param name="TakenBefore">Slots that the fleet had taken when the store lost its state, as far as this replica heard; 0 where it lost
/// nothing lately.</param>
internal sealed record BudgetCall(
    string Token, BudgetRule Rule, long Sent, long Sequence, string Epoch, bool Away, int Held, long Confirmed, long Base, bool Whole,
    string Answers, int Wish, long Told,
    int TakenBefore, IReadOnlyList<FlowCall> Flows);

/// <summary>One flow in a call.</summary>
internal sealed record FlowCall(Flow Flow, string Id, double Weight, int Used, int Waiting);

/// <summary>How the store took a call.</summary>
internal enum ReplyKind
{
    Ok,

    /// <summary>The store has forgotten: say again with the whole last window.</summary>
    Reseed,

    /// <summary>A later call was carried out before.</summary>
    Stale,
}

/// <summary>What the store answers. Times in milliseconds from the answer on.</summary>
internal sealed record BudgetReply(
    ReplyKind Kind, string Epoch, int Replicas, long OpensIn, long ClosedFor, int Free, int Block, bool Pressed, long Soonest,
    IReadOnlyList<FlowReply> Flows);

/// <summary>One flow in a reply, in the call's order.</summary>
internal sealed record FlowReply(int Granted, int Used, int Share);

/// <summary>What a heartbeat answers.</summary>
/// <param name="Lately">Replicas that may have used slots in the last window, those included that have ended.</param>
/// <param name="Loads">Slots taken by the whole fleet, of tokens with more than an eighth taken.</param>
internal sealed record HeartbeatReply(
    string Epoch, int Replicas, long Beats, int Lately, IReadOnlyList<(string Token, long For)> Closed,
    IReadOnlyDictionary<string, int> Loads, IReadOnlyList<string> Pressed);

/// <summary>
/// The budget's store. Every method throws <see cref="Store.StoreUnavailableException"/> when it can't be reached; whether it ran is then
/// unknown.
/// </summary>
internal interface IBudgetStore
{
    Task<BudgetReply> ExchangeAsync(BudgetCall call, CancellationToken cancellationToken);

    /// <summary>Says that this replica lives; with <paramref name="leave"/> that it has ended in order.</summary>
    Task<HeartbeatReply> HeartbeatAsync(string epoch, bool away, long beats, bool leave, CancellationToken cancellationToken);

    /// <summary>Closes the token's window for a while; answers for how many milliseconds.</summary>
    Task<long> CloseAsync(string token, BudgetRule rule, TimeSpan? retryAfter, CancellationToken cancellationToken);
}
