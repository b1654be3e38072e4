using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The outermost rule. Another attempt, at most two, within the request's time to wait:
/// after 429, which was not processed, for whatever can be sent again (the budget has closed the window by then, so
/// the attempt waits its turn); after a failure to connect, 502, 503 and 504 only where sending twice does no harm
/// (<see cref="SiroRequest.Idempotent"/>) and within a tenth of the host's traffic.
/// </summary>
internal sealed class RetryHandler(TimeProvider time, Randomness randomness, Func<SiroRequest, TimeSpan> maxWait) : DelegatingHandler
{
    private const int Most = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly RetryBudget[] _budgets = [.. Enum.GetValues<SiroHost>().Select(_ => new RetryBudget())];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(SiroRequest.Key, out var siro))
        {
            throw new InvalidOperationException("A request to Siro must say for whom it is (SiroRequest).");
        }

        var canReplay = siro.HeldBody is not null || request.Content is null;
        var started = time.GetTimestamp();
        var budget = _budgets[(int)siro.Host];
        budget.Deposit();
        for (var attempt = 0; ; attempt++)
        {
            HttpResponseMessage? response = null;
            HttpRequestException? failure = null;
            try
            {
                response = await base.SendAsync(request, cancellationToken);
                if (attempt == Most || !canReplay || !WorthAnother(response, siro))
                {
                    return response;
                }
            }
            catch (HttpRequestException e) when (e is not ProblemException && ConnectFailure.Is(e) && attempt < Most && canReplay && siro.Idempotent)
            {
                if (!budget.TryWithdraw())
                {
                    throw;
                }

                failure = e;
            }

            var left = maxWait(siro) - time.GetElapsedTime(started);
            if (response is not null && !IsThrottle(response) && !budget.TryWithdraw())
            {
                return response;
            }

            var pause = PauseBefore(attempt, response);
            if (pause >= left)
            {
                return response ?? throw new HttpRequestException(HttpRequestError.ConnectionError, "Siro could not be reached within the time to wait.", failure);
            }

            response?.Dispose();
            await Task.Delay(pause, time, cancellationToken);
            request.Options.Set(SiroRequest.Key, siro with { MaxWait = maxWait(siro) - time.GetElapsedTime(started) });
        }
    }

    private static bool IsThrottle(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.TooManyRequests;

    private static bool WorthAnother(HttpResponseMessage response, SiroRequest siro) =>
        IsThrottle(response)
        || (siro.Idempotent && response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

    /// <summary>After a throttle the budget holds the attempt back; otherwise full jitter, and not before the time that the answer names.</summary>
    private TimeSpan PauseBefore(int attempt, HttpResponseMessage? response)
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

    private readonly Lock _gate = new();
    private int _credit = Most;

    /// <summary>A request went out that is no retry.</summary>
    public void Deposit()
    {
        lock (_gate)
        {
            _credit = Math.Min(Most, _credit + 1);
        }
    }

    /// <summary>False when there were too many retries already.</summary>
    public bool TryWithdraw()
    {
        lock (_gate)
        {
            if (_credit < One)
            {
                return false;
            }

            _credit -= One;
            return true;
        }
    }
}

/// <summary>Failures after which nothing has reached Siro.</summary>
internal static class ConnectFailure
{
    public static bool Is(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
}
