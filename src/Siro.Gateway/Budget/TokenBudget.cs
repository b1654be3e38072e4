using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Budget;

/// <summary>Runs one token's ledger: the lock, the timer, the one call to the store that is under way.</summary>
internal sealed partial class TokenBudget : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TokenLedger _ledger;
    private readonly FleetLink _link;
    private readonly ITimer _timer;
    private readonly List<Waiter> _served = [];
    private long _timerDue = long.MaxValue;
    private bool _retired;

    public TokenBudget(string token, BudgetRule rule, FleetLink link)
    {
        _link = link;
        _ledger = new TokenLedger(token, rule, link.Fleet);
        _timer = link.Clock.Time.CreateTimer(
            static state => ((TokenBudget)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A slot in the flow's turn; null when this object has been retired and another must be made.</summary>
    public async ValueTask<IBudgetSlot?> AcquireAsync(
        ClientName client, FlowClass flowClass, double weight, BudgetRule rule, TimeSpan wait, CancellationToken cancellationToken)
    {
        Waiter? waiter;
        lock (_gate)
        {
            if (_retired)
            {
                return null;
            }

            var now = _link.Now;
            _ledger.Rule = rule;
            var flow = _ledger.FlowOf(client, flowClass, weight, now);
            if (_ledger.TryTake(flow, now))
            {
                Step(now);
                return new BudgetSlot(this);
            }

            waiter = _ledger.Enqueue(flow, now);
            if (waiter is null)
            {
                _link.Metrics.Refused("queue_full");
                throw Exhausted("As many calls of this client wait already as may.");
            }

            Step(now);
        }

        await WaitAsync(waiter, wait, cancellationToken);
        return new BudgetSlot(this);
    }

    /// <summary>The share of a client's flow, milliseconds until the next slot ends, and how many requests wait.</summary>
    public (int Share, int Used, long Soonest, int Queued)? ShareOf(ClientName client, FlowClass flowClass)
    {
        lock (_gate)
        {
            return _ledger.ShareOf(client, flowClass) is { } share ? (share.Share, share.Used, _ledger.Soonest, share.Queued) : null;
        }
    }

    /// <summary>How much of the token's budget is in use, in percent.</summary>
    public int PercentInUse()
    {
        lock (_gate)
        {
            return _ledger.PercentInUse(_link.Now);
        }
    }

    /// <summary>
    /// What the fleet said reaches the token: a pause, somebody who waits, another epoch. Answers true when the token may be forgotten.
    /// </summary>
    public bool Hear(long closedFor, bool pressed, bool resync)
    {
        lock (_gate)
        {
            var now = _link.Now;
            if (closedFor > 0)
            {
                _ledger.Close(now, closedFor);
            }

            if (pressed)
            {
                _ledger.Press();
            }

            if (resync)
            {
                _ledger.Resync();
            }

            if (_ledger.IsIdle(now))
            {
                return _retired = true;
            }

            Step(now);
            return false;
        }
    }

    /// <summary>Gives back what is held and not used. True when the store has heard all.</summary>
    public bool Leave()
    {
        lock (_gate)
        {
            _ledger.Leave();
            if (!_retired)
            {
                Step(_link.Now);
            }

            return _retired || _ledger.HasLeft;
        }
    }

    public void Dispose() => _timer.Dispose();

    internal void Answered() => Told(static (ledger, now) => ledger.Answered(now));

    internal void Unknown() => Told(static (ledger, now) => ledger.Unknown(now));

    internal void NotSent() => Told(static (ledger, _) => ledger.NotSent());

    private void Told(Action<TokenLedger, long> word)
    {
        lock (_gate)
        {
            var now = _link.Now;
            word(_ledger, now);
            Step(now);
        }
    }

    private async Task WaitAsync(Waiter waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        var since = _link.Now;
        try
        {
            // Even a call that may not wait is worth one question to the store.
            var least = TimeSpan.FromMilliseconds(250);
            await waiter.Granted.Task.WaitAsync(wait > least ? wait : least, _link.Clock.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                if (waiter.Place is not null)
                {
                    _ledger.Leave(waiter);
                    _link.Metrics.Refused("wait");
                    throw Exhausted("No room in the budget of this Siro token within the time to wait.");
                }
            }
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                _ledger.Leave(waiter);
                Step(_link.Now);
            }

            throw;
        }

        _link.Metrics.Waited(_link.Now - since);
    }

    private ProblemException Exhausted(string detail) => new(new Problem(429, "budget_exhausted", detail)
    {
        RetryAfter = TimeSpan.FromMilliseconds(Math.Max(1, _ledger.Soonest)),
    });

    private void Wake()
    {
        lock (_gate)
        {
            _timerDue = long.MaxValue;
            if (!_retired)
            {
                Step(_link.Now);
            }
        }
    }

    /// <summary>Under the lock: lets the ledger serve and say what is next.</summary>
    private void Step(long now)
    {
        var call = _ledger.Pump(now, _served, out var due);
        Release();
        if (call is not null)
        {
            _ = RunAsync(call);
        }

        if (due < _timerDue)
        {
            _timerDue = due;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, due - now)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Release()
    {
        foreach (var waiter in _served)
        {
            waiter.Granted.SetResult();
        }

        _served.Clear();
    }

    private async Task RunAsync(BudgetCall call)
    {
        // Off the caller's lock and stack.
        await Task.Yield();
        try
        {
            var reply = await _link.ExchangeAsync(call);
            lock (_gate)
            {
                var now = _link.Now;
                _ledger.Apply(call, reply, now, _served);
                Release();
                Step(now);
            }
        }
        catch (Exception e)
        {
            // Whatever it was, the next call must not wait for this one for ever.
            _link.Failed(e);
            lock (_gate)
            {
                var now = _link.Now;
                _ledger.Fail(now);
                Step(now);
            }
        }
    }
}
