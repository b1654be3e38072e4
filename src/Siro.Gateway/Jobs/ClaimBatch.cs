namespace Siro.Gateway.Jobs;

/// <summary>What a claim brought.</summary>
/// <param name="Jobs">Claimed by this call, or by the call of the same sequence number before.</param>
/// <param name="Next">
/// How long until this queue has something to claim again, as far as it knows: zero when more is due now; null when it is empty of
/// waiting work.
/// </param>
/// <param name="OldestDue">How long the longest waiting due job had been due.</param>
internal sealed record ClaimBatch(IReadOnlyList<JobLease> Jobs, TimeSpan? Next, TimeSpan OldestDue);

/// <param name="Removed">How many jobs were removed by age; more may be left.</param>
/// <param name="Next">As in <see cref="ClaimBatch.Next"/>.</param>
/// <param name="Total">Jobs of any phase that are left.</param>
internal sealed record SweepResult(int Removed, TimeSpan? Next, long Total);
