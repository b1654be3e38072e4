using Siro.Gateway.Common;

namespace Siro.Gateway.Webhooks.Deliveries;

/// <summary>When the next attempt is due.</summary>
internal static class RetryPlan
{
    /// <summary>Longest that a Retry-After may put off an attempt.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

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

        var pause = last.IsThrottled && last.RetryAfter is null ? schedule[failures] : randomness.FullJitter(schedule[failures]);
        var asked = last.RetryAfter is { } after ? (after < LongestRetryAfter ? after : LongestRetryAfter) : TimeSpan.Zero;
        return pause > asked ? pause : asked;
    }
}
