namespace Siro.Gateway.SiroApi;

/// <summary>Declared by SiroApi, implemented by Budget: at most so many arrivals a window and Siro token, shared by the fleet.</summary>
public interface IBudget
{
    /// <summary>
    /// Waits for a slot in the client's turn. Throws <see cref="Common.ProblemException"/> (429 <c>budget_exhausted</c> with Retry-After)
    /// past the wait or the queue.
    /// </summary>
    ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken);

    /// <summary>
    /// How long the request may wait in all, over all its attempts: its own <see cref="SiroRequest.MaxWait"/>, else the organization's.
    /// </summary>
    TimeSpan MaxWait(SiroRequest request) => request.MaxWait ?? TimeSpan.FromSeconds(10);
}

/// <summary>One request's slot. Disposing it without a word counts as "may have arrived now".</summary>
public interface IBudgetSlot : IAsyncDisposable
{
    /// <summary>The answer began: the request has arrived by now, and the slot is free one window later.</summary>
    void Answered();

    /// <summary>Nothing was sent (no connection): the slot is free at once.</summary>
    void NotSent();

    /// <summary>Siro answered 429, or its CDN 1010: close the window for the fleet for a while.</summary>
    void Throttled(TimeSpan? retryAfter);
}
