using System.Net;
using System.Runtime.InteropServices;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The outermost rule. Another attempt, at most two, within the request's time to wait:
/// after 429, which was not processed, for whatever can be sent again (the budget has closed the window by then, so
/// the attempt waits its turn); after a failure to connect, 502, 503 and 504 only where sending twice does no harm
/// (<see cref="SiroRequest.Idempotent"/>) and within a tenth of the host's traffic.
/// </summary>
internal sealed class RetryPolicy(TimeProvider time, Randomness randomness, Func<SiroRequest, TimeSpan> maxWait)
{
    private const int Most = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly RetryBudget[] _budgets = [.. Enum.GetValues<SiroHost>().Select(_ => new RetryBudget())];

    /// <summary>One request's retries.</summary>
    /// <param name="canReplay">The body is held, or there is none.</param>
    public Retries Begin(SiroRequest siro, bool canReplay)
    {
        _budgets[(int)siro.Host].Deposit();
        return new Retries(this, siro, canReplay, time.GetTimestamp());
    }

    private static bool IsThrottle(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.TooManyRequests;

    /// <summary>What one request may still do.</summary>
    [StructLayout(LayoutKind.Auto)]
    public struct Retries(RetryPolicy policy, SiroRequest siro, bool canReplay, long started)
    {
        private int _attempt;

        public readonly bool CanReplay => canReplay;

        /// <summary>What is left of the time to wait.</summary>
        public readonly TimeSpan Left => policy.MaxWaitOf(siro) - policy.Since(started);

        public readonly bool WorthAnother(HttpResponseMessage response) =>
            _attempt < Most
            && canReplay
            && (IsThrottle(response)
                || (siro.Idempotent
                    && response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                    or HttpStatusCode.GatewayTimeout));

        /// <summary>Takes of the host's retries where it is.</summary>
        public readonly bool WorthAnother(HttpRequestException failure) =>
            _attempt < Most && canReplay && siro.Idempotent && ConnectFailure.Is(failure) && policy._budgets[(int)siro.Host].TryWithdraw();

        /// <summary>The pause before the next attempt; null where the time does not reach or the host has had its retries.</summary>
        public TimeSpan? PauseBefore(HttpResponseMessage? response)
        {
            if (response is not null && !IsThrottle(response) && !policy._budgets[(int)siro.Host].TryWithdraw())
            {
                return null;
            }

            var pause = policy.Pause(_attempt++, response);
            return pause < Left ? pause : null;
        }
    }

    private TimeSpan MaxWaitOf(SiroRequest siro) => maxWait(siro);

    private TimeSpan Since(long started) => time.GetElapsedTime(started);

    /// <summary>
    /// After a throttle the budget holds the attempt back; otherwise full jitter, and not before the time that the answer names.
    /// </summary>
    private TimeSpan Pause(int attempt, HttpResponseMessage? response)
    {
        if (response is not null && IsThrottle(response))
        {
            return TimeSpan.Zero;
        }

        var pause = randomness.FullJitter(FirstPause * (1 << attempt));
        return RetryAfter.Of(response, time) is { } told && told > pause ? told : pause;
    }
}

/// <summary>Retries are at most a tenth of a host's traffic; ten may come at once.</summary>
internal sealed class RetryBudget
{
    private const int One = 10;
    private const int Most = 10 * One;

    private int _credit = Most;

    /// <summary>A request went out that is no retry.</summary>
    public void Deposit()
    {
        for (var credit = Volatile.Read(ref _credit); credit < Most;)
        {
            var before = Interlocked.CompareExchange(ref _credit, credit + 1, credit);
            if (before == credit)
            {
                return;
            }

            credit = before;
        }
    }

    /// <summary>False when there were too many retries already.</summary>
    public bool TryWithdraw()
    {
        for (var credit = Volatile.Read(ref _credit); credit >= One;)
        {
            var before = Interlocked.CompareExchange(ref _credit, credit - One, credit);
            if (before == credit)
            {
                return true;
            }

            credit = before;
        }

        return false;
    }
}

/// <summary>Failures after which nothing has reached Siro.</summary>
internal static class ConnectFailure
{
    public static bool Is(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError;
}
