namespace Siro.Gateway.Budget;

/// <summary>
/// What this replica knows of the fleet. It may use slots that it holds only while the store takes it for alive (<see cref="Trusted"/>):
/// the end counts from before the sending of what the store heard, so it lies before the end that the store keeps.
/// All times are milliseconds of this replica's own stopwatch: wall clocks may differ as they like.
/// </summary>
internal sealed class Fleet(string replica, TimeSpan timeout, int expected = 1) : SiroApi.IBudgetHealth
{
    private static readonly long Remembered = (long)TimeSpan.FromMinutes(2).TotalMilliseconds;

    private readonly Lock _gate = new();
    private long _trustedUntil;
    private long _replicasAt;
    private int _seen = 1;
    private (long At, IReadOnlyDictionary<string, int> Taken)? _loads;
    private (long At, IReadOnlyDictionary<string, int> Taken)? _before;
    private long _lostAt = long.MinValue / 2;
    private long _longest = 1000;

    /// <summary>This process's name among the replicas; never used again.</summary>
    public string Replica { get; } = replica;

    /// <summary>How long a heartbeat lives in the store.</summary>
    public long TimeoutMs { get; } = (long)timeout.TotalMilliseconds;

    /// <summary>The last third of a heartbeat's life is kept clear for what is already on the wire.</summary>
    public long TrustMs => TimeoutMs * 2 / 3;

    /// <summary>The epoch last heard; empty before the first answer.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>The most replicas alive that the store named within the last two minutes; never less than are expected.</summary>
    public int Replicas => Math.Max(expected, _seen);

    /// <summary>There are to be other replicas, whether they are seen or not.</summary>
    public bool HasCompany => expected > 1;

    /// <summary>How often nothing was heard for so long that the store may have taken this replica for dead.</summary>
    public int Lapses { get; private set; }

    /// <summary>True from the first failed call to the next one that succeeds.</summary>
    public bool Failing { get; private set; }

    bool SiroApi.IBudgetHealth.Shared => !Failing;

    /// <summary>The store counts what this replica holds, and will for long enough to send.</summary>
    public bool Trusted(long now) => now < Volatile.Read(ref _trustedUntil);

    /// <summary>It may have worked by itself, and others too.</summary>
    public bool Away(long now) => Epoch.Length > 0 && Replicas > 1 && !Trusted(now);

    /// <summary>
    /// Works by itself: nothing was heard from the store for so long that its slots may be given to others, or it is the only replica and
    /// the store fails.
    /// </summary>
    public bool Alone(long now) => !Trusted(now) && Failing || (Failing && Replicas == 1);

    /// <summary>
    /// The store heard something that was sent at <paramref name="sent"/>. Answers true when its epoch is another than before.
    /// </summary>
    public bool Heard(long sent, long now, string epoch, int replicas)
    {
        lock (_gate)
        {
            if (now >= _trustedUntil)
            {
                Lapses++;
            }

            Volatile.Write(ref _trustedUntil, Math.Max(_trustedUntil, sent + TrustMs));
            Failing = false;
            if (replicas >= _seen || now - _replicasAt > Remembered)
            {
                _seen = Math.Max(1, replicas);
                _replicasAt = now;
            }

            var changed = Epoch.Length > 0 && Epoch != epoch;
            if (changed && !LostLately(now))
            {
                // What a second loss within a window leaves is less than what the first one left.
                (_before, _lostAt) = (_loads, now);
            }

            Epoch = epoch;
            return changed;
        }
    }

    /// <summary>
    /// Replicas that may have used slots in the longest window, those included that have ended. Not less while a loss of the store's state
    /// is fresh.
    /// </summary>
    public int Lately { get; private set; } = 1;

    /// <summary>The longest window of the tokens in use.</summary>
    public long LongestMs => Volatile.Read(ref _longest);

    /// <summary>A token of this window is in use.</summary>
    public void Uses(long windowMs)
    {
        if (windowMs > LongestMs)
        {
            Volatile.Write(ref _longest, windowMs);
        }
    }

    /// <summary>
    /// A heartbeat that was sent at <paramref name="sent"/> brought how much of the tokens is taken, and how many replicas have had a part
    /// in it.
    /// </summary>
    public void HeardFleet(long sent, IReadOnlyDictionary<string, int> taken, int lately)
    {
        lock (_gate)
        {
            _loads = (sent, taken);
            Lately = LostLately(sent) ? Math.Max(Lately, lately) : Math.Max(1, lately);
        }
    }

    /// <summary>The store lost its state so short a time ago that slots used before it may not have ended.</summary>
    public bool LostLately(long now) => now - _lostAt < LongestMs + (2 * TimeoutMs);

    /// <summary>
    /// Slots of the token that were taken at the last heartbeat before that loss; null when it was before <paramref name="since"/>.
    /// </summary>
    public int? TakenBeforeLoss(string token, int limit, long since)
    {
        lock (_gate)
        {
            return Of(_before, token, limit, since);
        }
    }

    /// <summary>
    /// Slots of the token that the fleet had taken when the last heartbeat ran, of <paramref name="limit"/>; null when none ran since
    /// <paramref name="since"/>.
    /// </summary>
    public int? Taken(string token, int limit, long since)
    {
        lock (_gate)
        {
            return Of(_loads, token, limit, since);
        }
    }

    /// <summary>Since when the store can't be trusted to count for this replica; now, where it never could.</summary>
    public long LostSince(long now) => Epoch.Length == 0 ? now : Math.Min(now, Volatile.Read(ref _trustedUntil));

    /// <summary>The store could not be reached.</summary>
    public void Failed() => Failing = true;

    /// <summary>A token that a heartbeat did not name has less than an eighth of its slots taken: the busier ones are named.</summary>
    private static int? Of((long At, IReadOnlyDictionary<string, int> Taken)? heard, string token, int limit, long since) =>
        heard is { } loads && loads.At >= since ? loads.Taken.TryGetValue(token, out var taken) ? taken : limit / 8 : null;
}
