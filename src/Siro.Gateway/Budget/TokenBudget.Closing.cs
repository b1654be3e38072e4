using Siro.Gateway.Store;

namespace Siro.Gateway.Budget;

/// <summary>After a refusal of Siro or its CDN: nobody sends on the token for a while.</summary>
internal sealed partial class TokenBudget
{
    internal void Throttled(TimeSpan? retryAfter)
    {
        BudgetRule rule;
        lock (_gate)
        {
            rule = _ledger.Rule;
            _ledger.Close(
                _link.Now, Math.Max(250, retryAfter is { } told ? (long)Math.Ceiling(told.TotalMilliseconds) : rule.WindowMs / 60));
        }

        _link.Metrics.Throttled();
        _ = CloseAsync(rule, retryAfter);
    }

    private async Task CloseAsync(BudgetRule rule, TimeSpan? retryAfter)
    {
        try
        {
            var closed = await _link.Store.CloseAsync(_ledger.Token, rule, retryAfter, CancellationToken.None);
            _link.ClosedByThrottling(_ledger.Token, closed);
            lock (_gate)
            {
                _ledger.Close(_link.Now, closed);
            }
        }
        catch (StoreUnavailableException e)
        {
            _link.Failed(e);
        }
    }
}
