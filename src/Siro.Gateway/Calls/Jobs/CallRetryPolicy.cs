using Siro.Gateway.Common;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>
/// When a recording that is not ready is tried again: on the schedule, its last pause over and over, and for the last time when
/// <c>Calls:GiveUpAfter</c> is over.
/// </summary>
internal static class CallRetryPolicy
{
    private const double Jitter = 0.1;

    /// <summary>The pause before the next try, or null: it is given up.</summary>
    /// <param name="tries">Failed tries before this one.</param>
    /// <param name="trying">How long it has been tried.</param>
    /// <param name="retryAfter">What the provider asked for; it makes a pause longer, but not the whole.</param>
    public static TimeSpan? NextTry(CallsOptions options, int tries, TimeSpan trying, TimeSpan? retryAfter, Randomness randomness)
    {
        var left = options.GiveUpAfter - trying;
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        var pause = randomness.Around(options.Schedule[Math.Min(tries, options.Schedule.Count - 1)], Jitter);
        pause = retryAfter > pause ? retryAfter.Value : pause;
        return pause < left ? pause : left;
    }
}
