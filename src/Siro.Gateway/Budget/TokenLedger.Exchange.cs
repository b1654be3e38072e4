namespace Siro.Gateway.Budget;

/// <summary>When to call the store, and what its answer changes. One call is under way at a time.</summary>
internal sealed partial class TokenLedger
{
    private bool _calling;
    private bool _resync;
    private bool _lapsed;
    private bool _pressed;
    private bool _leaving;
    private int _lapses;
    private long _sequence;
    private long _confirmed;
    private long _oldestUntold;
    private long _nextTry;
    private long _notBefore;
    private long _lastCall;
    private double _perSecond;
    private int _lowWater;
    private (long At, int Free)? _heardBefore;

    /// <summary>The store has begun another epoch: it must hear the whole last window.</summary>
    public void Resync()
    {
        _resync = true;
        _heardBefore = _heardFree;
    }

    /// <summary>The process ends: nothing is held in advance any more, and the store is told at once of what was answered.</summary>
    public void Leave() => _leaving = true;

    /// <summary>Nothing is held and nothing is untold; with calls still under way, as far as can be.</summary>
    public bool HasLeft => _leaving && !_calling && _unused == 0 && _answers.Total == _confirmed;

    /// <summary>
    /// How much of the limit was in use when the store last answered, in percent; slots that this replica only holds are free. 0 where that
    /// is a window ago.
    /// </summary>
    public int PercentInUse(long now) =>
        _heardFree is { } heard && now - heard.At < Rule.WindowMs
            ? (int)Math.Clamp(100 - ((heard.Free + _unused) * 100L / Rule.Requests), 0, 100)
            : 0;

    /// <summary>Somebody waits for this token elsewhere: give back what is not used.</summary>
    public void Press() => _pressed = true;

    /// <summary>
    /// Serves who can be served from here, and answers the next call to the store when one is due;
    /// <paramref name="due"/> is when to ask again at the latest.
    /// </summary>
    public BudgetCall? Pump(long now, List<Waiter> served, out long due)
    {
        _answers.Trim(now, Rule.WindowMs);
        Settle();
        due = long.MaxValue;
        if (IsAlone(now))
        {
            ServeAlone(now, served, ref due);
        }
        else
        {
            ServeUnused(now, served);
        }

        if (_calling)
        {
            return null;
        }

        var call = Math.Max(Due(now), _notBefore);
        if (call > now)
        {
            due = Math.Min(due, call);
            return null;
        }

        return Build(now);
    }

    /// <summary>The store answered in time. Waiters that got a slot are added to <paramref name="served"/>.</summary>
    public void Apply(BudgetCall call, BudgetReply reply, long now, List<Waiter> served)
    {
        if (now - call.Sent >= fleet.TrustMs)
        {
            // What it granted may have been counted as a dead replica's by now.
            Fail(now);
            return;
        }

        _calling = false;
        Settle();
        switch (reply.Kind)
        {
            case ReplyKind.Stale:
                return;
            case ReplyKind.Reseed:
                _resync = true;
                return;
        }

        if (call.Whole && call.Epoch == reply.Epoch)
        {
            _resync = false;
        }

        _lapsed = false;
        _confirmed = call.Told;
        _oldestUntold = now;
        _unused += reply.Block;
        _pressed = reply.Pressed;
        _heardFree = (call.Sent, reply.Free);
        Soonest = reply.Soonest;
        if (reply.ClosedFor > 0)
        {
            Close(now, reply.ClosedFor);
        }

        var fresh = false;
        for (var i = 0; i < call.Flows.Count; i++)
        {
            var asked = call.Flows[i];
            var flow = asked.Flow;
            var told = reply.Flows[i];
            flow.Untold -= asked.Used;
            (flow.Used, flow.Share) = (told.Used, told.Share);
            for (var n = told.Granted; n > 0; n--)
            {
                if (now >= _closedUntil && Serve(flow, served))
                {
                    _inFlight++;
                    _lastTaken = now;
                    _takenSinceCall++;
                }
                else
                {
                    _unused++;
                }
            }
        }

        ServeUnused(now, served);
        _lowWater = _unused == 0 ? -1 : _unused / 2;
        foreach (var flow in _flows.Values)
        {
            // Came while the call was under way: the store has not heard of this flow.
            fresh |= flow.Waiters.Count > 0 && !Asked(call, flow);
        }

        _nextTry = fresh || !_pressed ? now : now + (reply.Soonest < 0 ? 50 : Math.Clamp(reply.Soonest, 1, 500));
        if (reply.ClosedFor > 0)
        {
            _nextTry = Math.Max(_nextTry, now + reply.ClosedFor);
        }

        if (reply.OpensIn > 0)
        {
            _nextTry = Math.Max(_nextTry, now + reply.OpensIn);
        }
    }

    /// <summary>The store did not answer: it may have carried the call out or may yet; the next call's word counts.</summary>
    public void Fail(long now)
    {
        _calling = false;
        _notBefore = now + 250;
    }

    /// <summary>
    /// The store may have taken this replica for dead for a while and given its slots a last end: what it did not use is not its own any
    /// more, and what it has under way must be said again at once.
    /// </summary>
    private void Settle()
    {
        if (_lapses != fleet.Lapses)
        {
            _lapses = fleet.Lapses;
            _lapsed = _lapsed || _inFlight > 0;
            _unused = 0;
        }
    }

    private static bool Asked(BudgetCall call, Flow flow)
    {
        foreach (var asked in call.Flows)
        {
            if (asked.Flow == flow)
            {
                return asked.Waiting > 0;
            }
        }

        return false;
    }

    private long Due(long now)
    {
        if (_resync || _lapsed || (_pressed && _unused > 0) || (_leaving && (_unused > 0 || _answers.Total > _confirmed)))
        {
            return now;
        }

        var due = long.MaxValue;
        if (_waiting > 0)
        {
            due = Math.Min(due, Math.Max(_nextTry, _closedUntil));
        }

        if (_answers.Total > _confirmed)
        {
            due = Math.Min(due, _oldestUntold + (Rule.WindowMs / 8));
        }

        if (_unused > 0)
        {
            due = Math.Min(due, _lastTaken + (Rule.WindowMs / 2));
        }

        if (_takenSinceCall > 0 && _unused <= _lowWater && now >= _closedUntil)
        {
            due = Math.Min(due, _lastCall + 20);
        }

        return due;
    }
}
