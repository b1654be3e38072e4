using Microsoft.Extensions.Time.Testing;

namespace Siro.Gateway.Tests;

/// <summary>
/// A <see cref="FakeTimeProvider"/> that a test can watch: how many timers wait, and the moment at which the clock is read.
/// </summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedTimer> _armed = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchedClock()
        : base(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>How many timers wait to fire.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_gate)
            {
                return _armed.Count;
            }
        }
    }

    /// <summary>Runs once, within the next reading of a timestamp: what another thread does just then.</summary>
    public Action? Meanwhile { get; set; }

    /// <inheritdoc />
    public override long GetTimestamp()
    {
        if (Meanwhile is { } other)
        {
            Meanwhile = null;
            other();
        }

        return base.GetTimestamp();
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, callback, period);
        timer.Watch(base.CreateTimer(timer.Fire, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Waits (in real time, bounded) until at least so many timers wait to fire: the code under test has begun its wait and the clock can
    /// be moved.
    /// </summary>
    public async Task UntilWaitingAsync(int timers, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_armed.Count >= timers)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(limit.Token);
        }
    }

    private void Note(WatchedTimer timer, bool armed)
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            if (armed ? !_armed.Add(timer) : !_armed.Remove(timer))
            {
                return;
            }

            before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.SetResult();
    }

    private sealed class WatchedTimer(WatchedClock clock, TimerCallback callback, TimeSpan period) : ITimer
    {
        private TimeSpan _period = period;
        private ITimer? _timer;

        public void Watch(ITimer timer) => _timer = timer;

        public void Fire(object? state)
        {
            if (_period <= TimeSpan.Zero)
            {
                clock.Note(this, armed: false);
            }

            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            clock.Note(this, dueTime != Timeout.InfiniteTimeSpan);
            return _timer!.Change(dueTime, period);
        }

        public void Dispose()
        {
            clock.Note(this, armed: false);
            _timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
