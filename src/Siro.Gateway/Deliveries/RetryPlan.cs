using Siro.Gateway.Common;

namespace Siro.Gateway.Deliveries;

/// <summary>When the next attempt is due.</summary>
internal static class RetryPlan
{
    /// <summary>
    /// The pause before the next attempt, or null when there is none left. Full jitter on the schedule; never sooner than the
    /// subscriber's Retry-After, and where it only says that it is overloaded, the schedule's whole pause.
    /// </summary>
    /// <param name="failures">Attempts that have failed so far, this one included.</param>
    public static TimeSpan? Next(IReadOnlyList<TimeSpan> schedule, int failures, AttemptResult last, Randomness randomness)
    {
        if (failures >= schedule.Count || last.IsGone)
        {
            return null;
        }

        // A Retry-After that is over, or of no time at all, asks for nothing: the endpoint only says that it is overloaded.
        var asked = last.RetryAfter is { } after ? (after < RetryAfter.Longest ? after : RetryAfter.Longest) : TimeSpan.Zero;
        var pause = last.IsThrottled && asked <= TimeSpan.Zero ? schedule[failures] : randomness.FullJitter(schedule[failures]);
        return pause > asked ? pause : asked;
    }
}
