using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// A host's circuit breaker: when half of at least 20 attempts within 10 s fail (no connection, 502, 503, 504), nothing is sent there for
/// 5 s but one trial; callers get 503 <c>siro_unavailable</c> with Retry-After. The gateway's own refusals do not count, nor does what a
/// caller did wrong (<see cref="CallerBody"/>): otherwise one caller's malformed bodies would take Siro away from all others.
/// </summary>
internal sealed class HostBreaker(TimeProvider time, Action<bool> changed)
{
    private const int MinAttempts = 20;
    private const double FailureRatio = 0.5;
    private const int Slices = 10;
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly (int Attempts, int Failures)[] _slices = new (int, int)[Slices];
    private readonly long _origin = time.GetTimestamp();
    private long _second;
    private long _leftAloneUntil = long.MinValue;
    private volatile bool _open;

    /// <summary>True from the failures until a trial was answered.</summary>
    public bool IsOpen => _open;

    /// <summary>
    /// Before an attempt; what it answers goes with the attempt's outcome. Throws the refusal while the host is left alone; the first
    /// attempt afterwards is the trial (true), and others wait for another break.
    /// </summary>
    public bool Enter()
    {
        if (!_open)
        {
            return false;
        }

        lock (_gate)
        {
            if (!_open)
            {
                return false;
            }

            var now = time.GetTimestamp();
            if (now < _leftAloneUntil)
            {
                throw new ProblemException(SiroOutcome.Unavailable.ToProblem(retryAfter: time.GetElapsedTime(now, _leftAloneUntil)));
            }

            _leftAloneUntil = AfterBreak(now);
            return true;
        }
    }

    /// <summary>After an attempt that was answered.</summary>
    public void Answered(bool trial, HttpStatusCode status) =>
        Count(trial, status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

    /// <summary>After an attempt whose connection failed.</summary>
    public void Failed(bool trial) => Count(trial, failure: true);

    /// <summary>After an attempt that told nothing of the host: another may be the trial in its place.</summary>
    public void Untold(bool trial)
    {
        if (trial)
        {
            lock (_gate)
            {
                _leftAloneUntil = long.MinValue;
            }
        }
    }

    private void Count(bool trial, bool failure)
    {
        if (!failure && !trial && !_open && Second is var now && now == Volatile.Read(ref _second))
        {
            // What nearly every call does, past the gate at which all would meet: one attempt more in a second that has begun.
            Interlocked.Increment(ref _slices[now % Slices].Attempts);
            return;
        }

        bool before;
        bool after;
        lock (_gate)
        {
            before = _open;
            if (!_open)
            {
                Add(failure);
            }
            else if (trial)
            {
                _open = failure;
                _leftAloneUntil = AfterBreak(time.GetTimestamp());
                Array.Clear(_slices);
            }

            after = _open;
        }

        if (before != after)
        {
            changed(after);
        }
    }

    private void Add(bool failure)
    {
        var second = Second;
        for (var gone = Math.Min(second - _second, Slices); gone > 0; gone--)
        {
            _slices[(second - gone + 1) % Slices] = default;
        }

        Volatile.Write(ref _second, second);
        ref var slice = ref _slices[second % Slices];
        Interlocked.Increment(ref slice.Attempts);
        if (!failure)
        {
            return;
        }

        slice.Failures++;
        var (attempts, failures) = (0, 0);
        foreach (var (some, failed) in _slices)
        {
            attempts += some;
            failures += failed;
        }

        if (attempts >= MinAttempts && failures >= attempts * FailureRatio)
        {
            _open = true;
            _leftAloneUntil = AfterBreak(time.GetTimestamp());
        }
    }

    private long Second => (long)time.GetElapsedTime(_origin).TotalSeconds;

    private long AfterBreak(long now) => now + (long)(Break.TotalSeconds * time.TimestampFrequency);
}
