using System.Text;

namespace Siro.Gateway.Budget;

/// <summary>What is said to the store.</summary>
internal sealed partial class TokenLedger
{
    private readonly StringBuilder _list = new();

    private BudgetCall Build(long now)
    {
        var idle = _waiting == 0 && now - _lastTaken >= Rule.WindowMs / 2;
        var wish = 0;
        if (idle || _pressed || _leaving)
        {
            _unused = 0;
        }

        if (!idle && !_leaving)
        {
            // Enough for the next three seconds at the pace of late; the store gives what it can spare.
            var pace = _takenSinceCall * 1000.0 / Math.Max(50, now - _lastCall);
            _perSecond = Math.Max(pace, _perSecond / 2);
            wish = Math.Max(0, (int)Math.Min(8 + (3 * _perSecond), Rule.Requests) - _unused);
        }

        var flows = new List<FlowCall>();
        List<string>? forgotten = null;
        foreach (var (id, flow) in _flows)
        {
            if (flow.Untold > 0 || flow.Waiters.Count > 0)
            {
                flows.Add(new FlowCall(flow, id, flow.Weight, flow.Untold, flow.Waiters.Count));
            }
            else if (now - flow.LastSeen > 2 * Rule.WindowMs)
            {
                (forgotten ??= []).Add(id);
            }
        }

        forgotten?.ForEach(id => _flows.Remove(id));
        _list.Clear();
        var before = _answers.Write(_resync ? 0 : _confirmed, now, _list);
        _calling = true;
        _lastCall = now;
        _takenSinceCall = 0;
        return new BudgetCall(
            Token, Rule, now, ++_sequence, fleet.Epoch, fleet.Away(now), _unused + _inFlight, _answers.Recent == 0 ? -1 : _confirmed,
            before, _resync, _list.ToString(), wish,
            _answers.Total, TakenBefore(now), flows);
    }

    private int TakenBefore(long now)
    {
        if (!fleet.LostLately(now))
        {
            return 0;
        }

        return fleet.TakenBeforeLoss(Token, Rule.Requests, _heardBefore?.At ?? long.MinValue)
            ?? (_heardBefore is { } heard ? Rule.Requests - heard.Free : 0);
    }
}
