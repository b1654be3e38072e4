using Siro.Gateway.SiroApi;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>Counts nothing; in the budget's place where a host has none.</summary>
internal sealed class NoBudget : IBudget
{
    public ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) => ValueTask.FromResult<IBudgetSlot>(new Slot());

    private sealed class Slot : IBudgetSlot
    {
        public void Answered()
        {
        }

        public void NotSent()
        {
        }

        public void Throttled(TimeSpan? retryAfter)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
