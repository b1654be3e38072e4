namespace Siro.Gateway.Budget;

/// <summary>
/// Without the store: in the first window this replica sends on slots that were its own and on its part of what the fleet had left free
/// when the store was last heard (of the token, or of all in a heartbeat), and then on the limit divided by the replicas last seen. When
/// the store is back, it grants nothing until every replica has had the time to say what it used (exchange.lua, open).
/// </summary>
internal sealed partial class TokenLedger
{
    private bool _alone;
    private long _aloneSince;
    private int _ownAtStart;
    private (long At, int Free)? _heardFree;
    private int _freeAtStart;
    private int _turn;

    /// <summary>True while this replica works by itself on this token.</summary>
    public bool IsAlone(long now)
    {
        var alone = fleet.Alone(now);
        if (alone != _alone)
        {
            _alone = alone;
            if (alone)
            {
                EnterAlone(now);
            }
        }

        return alone;
    }

    private int Cap(long now)
    {
        var even = Rule.Requests / Math.Max(1, fleet.Replicas);
        if (now - _aloneSince > Rule.WindowMs + (2 * fleet.TimeoutMs) || fleet.Replicas == 1)
        {
            return even;
        }

        return Math.Min(even, _ownAtStart + (_freeAtStart / Math.Max(1, fleet.Replicas)));
    }

    private void EnterAlone(long now)
    {
        _answers.Trim(now, Rule.WindowMs);
        _aloneSince = fleet.LostSince(now);
        _ownAtStart = _unused + _inFlight + _answers.Recent;
        _freeAtStart =
            Math.Max(0,
            fleet.Taken(Token, Rule.Requests, _heardFree?.At ?? long.MinValue) is { } taken
            ? Rule.Requests - taken
            : _heardFree?.Free ?? Rule.Requests);
        _unused = 0;
        foreach (var flow in _flows.Values)
        {
            flow.TakenAlone = 0;
        }
    }

    private bool TryTakeAlone(Flow flow, long now)
    {
        _answers.Trim(now, Rule.WindowMs);
        if (now < _closedUntil || _unused + _inFlight + _answers.Recent >= Cap(now))
        {
            return false;
        }

        // Not counted as the flow's use: by the time the store hears of it, most of it is older than a window.
        Take(flow, now);
        flow.Untold--;
        flow.TakenAlone++;
        return true;
    }

    private void ServeAlone(long now, List<Waiter> served, ref long due)
    {
        while (_waiting > 0 && NextAlone() is { } flow)
        {
            if (!TryTakeAlone(flow, now))
            {
                due = now < _closedUntil ? _closedUntil
                    : _answers.Oldest < 0 ? now + 100
                    : Math.Clamp(_answers.Oldest + Rule.WindowMs + 1, now + 5, now + 500);
                return;
            }

            Serve(flow, served);
        }
    }

    /// <summary>
    /// The highest class first, but every tenth turn batch and every twentieth background; within a class who had least by weight.
    /// </summary>
    private Flow? NextAlone()
    {
        _turn++;
        var prefer = _turn % 20 == 0 ? FlowClass.Background : _turn % 10 == 5 ? FlowClass.Batch : FlowClass.Mint;
        Flow? best = null;
        foreach (var flow in _flows.Values)
        {
            if (flow.Waiters.Count > 0 && (best is null || Before(flow, best, prefer)))
            {
                best = flow;
            }
        }

        return best;
    }

    private static bool Before(Flow flow, Flow other, FlowClass prefer) =>
        flow.Class != other.Class
            ? flow.Class == prefer || (other.Class != prefer && flow.Class < other.Class)
            : flow.TakenAlone / flow.Weight < other.TakenAlone / other.Weight;
}
