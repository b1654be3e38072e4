using Siro.Gateway.Store;

namespace Siro.Gateway.Budget;

/// <summary>What every token of this replica shares: the fleet, the store, the stopwatch, the figures.</summary>
internal sealed partial class FleetLink(Fleet fleet, IBudgetStore store, StoreClock clock, BudgetMetrics metrics, ILogger<FleetLink> logger)
{
    private readonly long _start = clock.Timestamp();

    public Fleet Fleet { get; } = fleet;

    public IBudgetStore Store { get; } = store;

    public StoreClock Clock { get; } = clock;

    public BudgetMetrics Metrics { get; } = metrics;

    /// <summary>Milliseconds of this replica's stopwatch.</summary>
    public long Now => (long)Clock.Since(_start).TotalMilliseconds;

    /// <summary>The store began another epoch: every token says its whole last window.</summary>
    public event Action? EpochChanged;

    public async Task<BudgetReply> ExchangeAsync(BudgetCall call)
    {
        Metrics.Exchanged();
        var reply = await Store.ExchangeAsync(call, CancellationToken.None);
        Heard(call.Sent, reply.Epoch, reply.Replicas);
        return reply;
    }

    /// <summary>The store answered something sent at <paramref name="sent"/>.</summary>
    public void Heard(long sent, string epoch, int replicas)
    {
        if (Fleet.Failing)
        {
            Log.Back(logger);
        }

        if (Fleet.Heard(sent, Now, epoch, replicas))
        {
            Log.NewEpoch(logger);
            EpochChanged?.Invoke();
        }
    }

    /// <summary>A call to the store failed.</summary>
    public void Failed(Exception e)
    {
        if (e is not StoreUnavailableException)
        {
            Log.Broken(logger, e);
        }
        else if (!Fleet.Failing)
        {
            Log.Away(logger, e.Message, Fleet.Replicas);
        }

        Fleet.Failed();
    }

    public void ClosedByThrottling(string token, long milliseconds) => Log.Closed(logger, token, milliseconds);

    private static partial class Log
    {
        [LoggerMessage(
            1501, LogLevel.Warning, "The budget's store is away ({Reason}); without it this replica keeps to its share among {Replicas}")]
        public static partial void Away(ILogger logger, string reason, int replicas);

        [LoggerMessage(1502, LogLevel.Information, "The budget's store is back")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            1503, LogLevel.Warning, "The store has lost the budget's state; every replica says again what it used in the last window")]
        public static partial void NewEpoch(ILogger logger);

        [LoggerMessage(
            1504, LogLevel.Warning, "Siro refused token {Token} for too many requests; nothing is sent on it for {Milliseconds} ms")]
        public static partial void Closed(ILogger logger, string token, long milliseconds);

        [LoggerMessage(1505, LogLevel.Error, "The budget could not be synchronized with the store")]
        public static partial void Broken(ILogger logger, Exception exception);
    }
}
