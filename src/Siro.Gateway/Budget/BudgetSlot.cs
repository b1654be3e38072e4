using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>One request's slot.</summary>
internal sealed class BudgetSlot(TokenBudget token) : IBudgetSlot
{
    private int _told;

    public void Answered()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            token.Answered();
        }
    }

    public void NotSent()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            token.NotSent();
        }
    }

    public void Throttled(TimeSpan? retryAfter) => token.Throttled(retryAfter);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            token.Unknown();
        }

        return ValueTask.CompletedTask;
    }
}
