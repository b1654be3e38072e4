namespace Siro.Gateway.Client.Receiving;

/// <summary>
/// Remembers which events have been handled, so that a delivery which comes again has no effect. Deliveries come at least once: the
/// gateway repeats one whose answer it did not get. For an effect exactly once over a crash, keep the memory where the effect is: write
/// both in one transaction.
/// </summary>
public interface ISiroEventInbox
{
    /// <summary>
    /// Calls <paramref name="handle"/> unless the event was handled before, and remembers it when <paramref name="handle"/> has returned.
    /// What it throws passes on, and the event is not remembered.
    /// </summary>
    Task<SiroInboxOutcome> HandleOnceAsync(
        SiroEventContext context, Func<CancellationToken, Task> handle, CancellationToken cancellationToken);
}

/// <summary>What an inbox did.</summary>
public enum SiroInboxOutcome
{
    /// <summary>The event was handled now: acknowledged.</summary>
    Handled,

    /// <summary>It was handled before: acknowledged, without effect.</summary>
    Duplicate,

    /// <summary>Somebody else is handling it just now: refused with 503, so that it comes again.</summary>
    Busy,
}
