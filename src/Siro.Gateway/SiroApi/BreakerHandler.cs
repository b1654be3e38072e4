using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// A circuit breaker per host: when half of at least 20 attempts within 10 s fail (no connection, 502, 503, 504), nothing is sent there for
/// 5 s but one trial; callers get 503 <c>siro_unavailable</c> with Retry-After. The gateway's own refusals do not count, nor does what a
/// caller did wrong (<see cref="CallerBody"/>): otherwise one caller's malformed bodies would take Siro away from all others.
/// </summary>
internal sealed partial class BreakerHandler : DelegatingHandler
{
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ResiliencePipeline<HttpResponseMessage>[] _breakers;
    private readonly CircuitBreakerStateProvider[] _states = [.. Enum.GetValues<SiroHost>().Select(_ => new CircuitBreakerStateProvider())];

    public BreakerHandler(TimeProvider time, ILogger logger)
    {
        _breakers = [.. Enum.GetValues<SiroHost>().Select(host => Make(host, _states[(int)host], time, logger))];
    }

    /// <summary>Hosts whose breaker is not closed.</summary>
    public IReadOnlyList<SiroHost> Open => [.. Enum.GetValues<SiroHost>().Where(host => _states[(int)host].CircuitState is not CircuitState.Closed)];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(SiroRequest.Key, out var siro);
        try
        {
            return await _breakers[(int)siro!.Host].ExecuteAsync(
                static async (state, token) => await state.Handler.PassAsync(state.Request, token), (Handler: this, Request: request), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw new ProblemException(SiroOutcome.Unavailable.ToProblem(retryAfter: e.RetryAfter ?? Break), e);
        }
    }

    private static ResiliencePipeline<HttpResponseMessage> Make(SiroHost host, CircuitBreakerStateProvider state, TimeProvider time, ILogger logger) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                StateProvider = state,
                FailureRatio = 0.5,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = Break,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome switch
                {
                    { Exception: HttpRequestException e } => e is not ProblemException,
                    { Result.StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } => true,
                    _ => false,
                }),
                OnOpened = _ =>
                {
                    Log.Opened(logger, host);
                    return default;
                },
                OnClosed = _ =>
                {
                    Log.Closed(logger, host);
                    return default;
                },
            })
            .Build();

    private async Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(CallerBody.Key, out var body);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (Exception e) when (body?.Failure is not null && e is not ProblemException)
        {
            throw new ProblemException(body.Failure, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1310, LogLevel.Warning, "Siro's {Host} host fails; nothing is sent to it for a few seconds")]
        public static partial void Opened(ILogger logger, SiroHost host);

        [LoggerMessage(1311, LogLevel.Information, "Siro's {Host} host answers again")]
        public static partial void Closed(ILogger logger, SiroHost host);
    }
}
