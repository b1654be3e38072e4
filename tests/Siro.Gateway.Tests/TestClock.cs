namespace Siro.Gateway.Tests;

/// <summary>
/// A clock that stands still until the test moves it. Timers (and with them <c>Task.Delay</c> and
/// <c>CancellationTokenSource</c> that were given this provider) fire inside <see cref="Advance"/>, in the order
/// in which they are due, on the test's own thread.
/// </summary>
public sealed class TestClock(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TestTimer> _timers = [];
    private readonly DateTimeOffset _start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _elapsed;
    private TaskCompletionSource _timersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait to fire.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _start + _elapsed;
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

        lock (_gate)
        {
            return _elapsed.Ticks;
        }
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward and fires what falls due on the way, each at its own moment.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate)
        {
            target = _elapsed + by;
        }

        while (true)
        {
            TestTimer? next;
            lock (_gate)
            {
                next = _timers.MinBy(t => t.Due);
                if (next is null || next.Due > target)
                {
                    _elapsed = target;
                    return;
                }

                // A callback may have moved the clock itself; it never goes back.
                _elapsed = next.Due > _elapsed ? next.Due : _elapsed;
                next.Rearm();
            }

            next.Fire();
        }
    }

    /// <summary>
    /// Waits (in real time, at most ten seconds) until at least so many timers wait to fire: the moment at which the
    /// code under test has begun its wait and the clock can be moved.
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
                if (_timers.Count >= timers)
                {
                    return;
                }

                changed = _timersChanged.Task;
            }

            await changed.WaitAsync(limit.Token);
        }
    }

    /// <summary>Call under the gate.</summary>
    private void Changed()
    {
        var before = _timersChanged;
        _timersChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        before.SetResult();
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _disposed;

        public TimeSpan Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_disposed)
                {
                    return false;
                }

                clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._elapsed + dueTime;
                    clock._timers.Add(this);
                }

                clock.Changed();
                return true;
            }
        }

        /// <summary>Call under the clock's gate, before <see cref="Fire"/>.</summary>
        public void Rearm()
        {
            if (_period > TimeSpan.Zero && _period != Timeout.InfiniteTimeSpan)
            {
                Due += _period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate)
            {
                if (!_disposed)
                {
                    _disposed = true;
                    clock._timers.Remove(this);
                    clock.Changed();
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
