namespace Siro.Gateway.Jobs;

/// <summary>The pauses between the tries of a job.</summary>
/// <param name="pauses">One for each try after the first.</param>
internal sealed class RetrySchedule(params IReadOnlyList<TimeSpan> pauses)
{
    /// <summary>Pauses that grow by <paramref name="step"/> up to <paramref name="longest"/>.</summary>
    public static RetrySchedule Growing(TimeSpan step, TimeSpan longest, int retries) =>
        new([.. Enumerable.Range(1, retries).Select(n => step * n < longest ? step * n : longest)]);

    /// <summary>The pause before the next try; null when there is none.</summary>
    /// <param name="failures">How many tries have failed, this one included.</param>
    public TimeSpan? After(int failures) => failures > pauses.Count ? null : pauses[Math.Max(failures, 1) - 1];
}
