namespace Siro.Gateway.Budget;

/// <summary>
/// One Siro token in one replica: the slots it holds, the answers of its last window, who waits. No clock, no threads and no store of
/// its own: callers hold a lock, pass the time (milliseconds of this replica's stopwatch) and carry the calls, so that a simulation
/// can run it through every order of events.
/// </summary>
internal sealed partial class TokenLedger(string token, BudgetRule rule, Fleet fleet)
{
    private readonly Dictionary<string, Flow> _flows = new(StringComparer.Ordinal);
    private readonly AnswerLog _answers = new();
    private int _unused;
    private int _inFlight;
    private int _waiting;
    private long _closedUntil;
    private long _lastTaken;
    private int _takenSinceCall;

    /// <summary>The token's name in the store.</summary>
    public string Token { get; } = token;

    /// <summary>What holds now; a new configuration replaces it.</summary>
    public BudgetRule Rule
    {
        get;
        set => field = InUse(value, fleet);
    } = InUse(rule, fleet);

    /// <summary>Slots held and not used.</summary>
    public int Unused => _unused;

    /// <summary>Requests under way.</summary>
    public int InFlight => _inFlight;

    /// <summary>Calls that wait here.</summary>
    public int Waiting => _waiting;

    /// <summary>Milliseconds until the next slot ends, as last heard, for Retry-After.</summary>
    public long Soonest { get; private set; }

    /// <summary>The client's flow, made when it is not there yet.</summary>
    public Flow FlowOf(Common.ClientName client, FlowClass flowClass, double weight, long now)
    {
        // The common case makes no string: a client's few flows are found by comparing.
        foreach (var known in _flows.Values)
        {
            if (known.Class == flowClass && known.Client == client)
            {
                known.Weight = weight;
                known.LastSeen = now;
                return known;
            }
        }

        var flow = new Flow(client, flowClass) { Weight = weight, LastSeen = now };
        _flows.Add(flow.Id, flow);
        return flow;
    }

    /// <summary>Takes a slot that this replica holds already. False: wait.</summary>
    public bool TryTake(Flow flow, long now)
    {
        Settle();
        if (now < _closedUntil)
        {
            return false;
        }

        if (IsAlone(now))
        {
            return _waiting == 0 && TryTakeAlone(flow, now);
        }

        if (_unused == 0 || !fleet.Trusted(now))
        {
            return false;
        }

        _unused--;
        Take(flow, now);
        return true;
    }

    /// <summary>Puts a call into its client's queue; null when that is full.</summary>
    public Waiter? Enqueue(Flow flow, long now)
    {
        if (flow.Waiters.Count >= Rule.QueueLength)
        {
            return null;
        }

        var waiter = new Waiter(flow);
        waiter.Place = flow.Waiters.AddLast(waiter);
        _waiting++;
        if (flow.Waiters.Count == 1)
        {
            // A flow of which the store does not know yet may be granted at once.
            _nextTry = now;
        }

        return waiter;
    }

    /// <summary>A waiter's caller has left. True when it had a slot already, which goes back.</summary>
    public bool Leave(Waiter waiter)
    {
        if (waiter.Place is { } place)
        {
            waiter.Flow.Waiters.Remove(place);
            waiter.Place = null;
            _waiting--;
            return false;
        }

        NotSent();
        return true;
    }

    /// <summary>The answer to a request began now: its slot is free one window later.</summary>
    public void Answered(long now)
    {
        _inFlight--;
        Note(now + 1);
    }

    /// <summary>Nothing is known of a request: it may arrive yet, so it is counted as arriving a moment later.</summary>
    public void Unknown(long now)
    {
        _inFlight--;
        Note(now + Math.Min(250, Rule.WindowMs / 60) + 1);
    }

    /// <summary>A request was never sent: its slot is unused again.</summary>
    public void NotSent()
    {
        _inFlight--;
        if (!_alone)
        {
            _unused++;
        }
    }

    /// <summary>Nobody sends for that long.</summary>
    public void Close(long now, long milliseconds)
    {
        _closedUntil = Math.Max(_closedUntil, now + milliseconds);
        Soonest = Math.Max(Soonest, milliseconds);
    }

    /// <summary>True when nothing would be lost by forgetting this ledger.</summary>
    public bool IsIdle(long now)
    {
        _answers.Trim(now, Rule.WindowMs);
        return _unused == 0 && _inFlight == 0 && _waiting == 0 && _answers.Recent == 0 && !_calling && now >= _closedUntil;
    }

    /// <summary>
    /// What the store last said of the client's flow, moved on by what was taken here since; null before it said anything.
    /// </summary>
    public (int Share, int Used, int Queued)? ShareOf(Common.ClientName client, FlowClass flowClass)
    {
        foreach (var flow in _flows.Values)
        {
            if (flow.Class == flowClass && flow.Client == client && flow.Share >= 0)
            {
                return (flow.Share, flow.Used + flow.Untold, flow.Waiters.Count);
            }
        }

        return null;
    }

    private static BudgetRule InUse(BudgetRule rule, Fleet fleet)
    {
        fleet.Uses(rule.WindowMs);
        return rule;
    }

    private void Take(Flow flow, long now)
    {
        _inFlight++;
        flow.Untold++;
        flow.LastSeen = now;
        _lastTaken = now;
        _takenSinceCall++;
    }

    private void Note(long at)
    {
        if (_answers.Total == _confirmed)
        {
            _oldestUntold = at;
        }

        _answers.Add(at);
    }

    private bool Serve(Flow flow, List<Waiter> served)
    {
        if (flow.Waiters.First is not { } first)
        {
            return false;
        }

        flow.Waiters.RemoveFirst();
        first.Value.Place = null;
        _waiting--;
        served.Add(first.Value);
        return true;
    }

    /// <summary>Slots that came back unused (a caller left, no connection) go to who waits here.</summary>
    private void ServeUnused(long now, List<Waiter> served)
    {
        if (now < _closedUntil || !fleet.Trusted(now))
        {
            return;
        }

        while (_unused > 0 && Best() is { } flow)
        {
            _unused--;
            Take(flow, now);
            Serve(flow, served);
        }
    }

    private Flow? Best()
    {
        if (_waiting == 0)
        {
            return null;
        }

        Flow? best = null;
        foreach (var flow in _flows.Values)
        {
            if (flow.Waiters.Count > 0
                && (best is null || flow.Class < best.Class
                    || (flow.Class == best.Class && (flow.Used + flow.Untold) / flow.Weight < (best.Used + best.Untold) / best.Weight)))
            {
                best = flow;
            }
        }

        return best;
    }
}
