using Siro.Gateway.Common;

namespace Siro.Gateway.Store;

/// <summary>
/// The store could not be reached in time, refuses writes, or did not confirm a write as durable.
/// The one exception callers of the store see for all of that; whether a write ran is then unknown,
/// so it is repeated with the same <see cref="OperationId"/> or left to its expiry.
/// </summary>
public sealed class StoreUnavailableException : Exception, IProblemException
{
    /// <summary>503 <c>store_unavailable</c>: what a request gets that nothing else answers.</summary>
    public static readonly Problem Answer =
        new(503, "store_unavailable", "The gateway's store does not answer. Nothing acknowledged was lost. Try again.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    public StoreUnavailableException(string message) : base(message) { }

    public StoreUnavailableException(string message, Exception inner) : base(message, inner) { }

    Problem IProblemException.Problem => Answer;

    bool IProblemException.IsToldElsewhere => true;
}
