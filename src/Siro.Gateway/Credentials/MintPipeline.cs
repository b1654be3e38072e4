using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Backoff and breaker of an OAuth app's mints. Inside: the breaker, which sees every attempt and opens when several in a
/// row have failed; outside: four more attempts, over about four seconds, for what may pass (5xx, no connection, no answer).
/// A call waits longer than that for its token, so an endpoint that restarts fails none.
/// </summary>
internal static class MintPipeline
{
    public static ResiliencePipeline<MintResult> For(CredentialTimings timings, TimeProvider time, Randomness randomness) =>
        new ResiliencePipelineBuilder<MintResult> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<MintResult>
            {
                ShouldHandle = new PredicateBuilder<MintResult>().HandleResult(r => r.Outcome == MintOutcome.Failed),
                MaxRetryAttempts = 4,
                BackoffType = DelayBackoffType.Exponential,
                Delay = timings.Backoff,
                UseJitter = true,
                Randomizer = randomness.NextDouble,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<MintResult>
            {
                // A refused user is the user's own; a full budget is waited out elsewhere.
                ShouldHandle = new PredicateBuilder<MintResult>().HandleResult(
                    r => r.Outcome is MintOutcome.Failed or MintOutcome.AppRefused),
                FailureRatio = 0.9,
                MinimumThroughput = timings.BreakAfter,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = timings.Break,
            })
            .Build();
}
