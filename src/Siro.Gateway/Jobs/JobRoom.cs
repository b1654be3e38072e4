namespace Siro.Gateway.Jobs;

/// <summary>
/// Room that a run keeps for jobs which are about to be stored, until <see cref="End"/>. That must be called once: a run that counts a
/// reservation back twice ends while it still has jobs in hand.
/// </summary>
/// <param name="run">The run's side: with the jobs that were taken and their hold, or with none.</param>
/// <param name="owner">Who gets the jobs.</param>
/// <param name="lease">For how long.</param>
/// <param name="most">How many it takes.</param>
/// <param name="held">How many of the queue's jobs it holds for certain.</param>
/// <param name="concurrency">The queue's limit over the whole fleet; null: none.</param>
internal sealed class JobRoom(
    Action<JobRoom, IReadOnlyList<JobLease>, JobHold?, bool> run, WorkerId owner, TimeSpan lease, int most, int held, int? concurrency)
{
    private bool _ended;

    public WorkerId Owner => owner;

    public TimeSpan Lease => lease;

    public int Most => most;

    public int Held => held;

    public int? Concurrency => concurrency;

    /// <param name="jobs">Those that it gets.</param>
    /// <param name="hold">Theirs; null when there are none.</param>
    /// <param name="more">Others may be due before what is stored from now on.</param>
    /// <exception cref="InvalidOperationException">It has ended already.</exception>
    public void End(IReadOnlyList<JobLease> jobs, JobHold? hold, bool more)
    {
        if (Interlocked.Exchange(ref _ended, true))
        {
            throw new InvalidOperationException("This room was given back before.");
        }

        run(this, jobs, hold, more);
    }
}
