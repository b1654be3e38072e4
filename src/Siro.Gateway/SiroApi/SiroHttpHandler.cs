using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The one way to Siro, for YARP (<see cref="SiroCall"/>) and for features (<see cref="SiroClient"/>). Each attempt passes, in this order:
/// the host's breaker, the credential, a slot of the budget, the User-Agent and a span, the socket. Around them the renewals after a 401,
/// and around those the retries. Each rule stands in its own class; here is their order, in one state machine per call, because a chain of
/// handlers cost more than the rules in it (docs/benchmarks.md).
/// </summary>
internal sealed partial class SiroHttpHandler : HttpMessageHandler
{
    /// <summary>
    /// A fresh token of the kind that was sent, the other kind, and a fresh one of that; each only where the last refusal changed
    /// something.
    /// </summary>
    private const int MostRenewals = 3;

    private readonly ISiroCredentials _credentials;
    private readonly IBudget _budget;
    private readonly SiroAddresses _addresses;
    private readonly ISettings<SiroOptions> _options;
    private readonly ISettings<TelemetryOptions>? _telemetry;
    private readonly TimeProvider _time;
    private readonly RetryPolicy _retries;
    private readonly HostBreaker[] _breakers;
    private readonly HttpMessageInvoker _sockets;
    private readonly ISiroObserver? _observer;

    public SiroHttpHandler(
        ISiroCredentials credentials, IBudget budget, SiroAddresses addresses, ISettings<SiroOptions> options, TimeProvider time,
        Randomness randomness, ILogger<SiroHttpHandler> logger,
        ISettings<TelemetryOptions>? telemetry = null, ISiroObserver? observer = null)
        : this(credentials, budget, addresses, options, time, randomness, logger, telemetry, SiroSockets.Create(), observer)
    {
    }

    internal SiroHttpHandler(
        ISiroCredentials credentials, IBudget budget, SiroAddresses addresses, ISettings<SiroOptions> options, TimeProvider time,
        Randomness randomness, ILogger logger,
        ISettings<TelemetryOptions>? telemetry, HttpMessageHandler sockets, ISiroObserver? observer = null)
    {
        _observer = observer;
        (_credentials, _budget, _addresses, _options, _time, _telemetry) = (credentials, budget, addresses, options, time, telemetry);
        _retries = new RetryPolicy(time, randomness, budget.MaxWait);
        _breakers = [.. Enum.GetValues<SiroHost>().Select(host => new HostBreaker(time, open => Log.Breaker(logger, host, open)))];
        _sockets = new HttpMessageInvoker(sockets);
        Invoker = new HttpMessageInvoker(this, disposeHandler: false);
    }

    /// <summary>Hosts to which nothing is sent just now, because their circuit breaker is open.</summary>
    public IReadOnlyList<SiroHost> OpenBreakers => [.. Enum.GetValues<SiroHost>().Where(host => _breakers[(int)host].IsOpen)];

    /// <summary>The entry for features.</summary>
    public HttpMessageInvoker Invoker { get; }

    /// <summary>The way of one call.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, SiroCall call, CancellationToken cancellationToken)
    {
        var breaker = _breakers[(int)call.Request.Host];
        var retries = _retries.Begin(call.Request, canReplay: call.Request.HeldBody is not null || request.Content is null);
        while (true)
        {
            HttpResponseMessage? response = null;
            HttpRequestException? failure = null;
            var trial = breaker.Enter();
            try
            {
                for (var renewals = 0; response is null; renewals++)
                {
                    var slot = await BeginAsync(request, call, cancellationToken);
                    var attempt = new Attempt(slot, Start(request, call.Request), call.Request.Upstream);
                    call.Attempted = true;
                    try
                    {
                        response = await _sockets.SendAsync(request, cancellationToken);
                        await CdnRefusal.ExamineAsync(response, cancellationToken);
                        attempt.Answered(response, _time);
                        _observer?.Sent(call.Request, response.StatusCode);
                    }
                    catch (Exception e)
                    {
                        var told = Explained(e, call, cancellationToken);
                        attempt.Failed(e, told);
                        _observer?.Sent(call.Request, null);
                        if (ReferenceEquals(told, e))
                        {
                            throw;
                        }

                        throw told;
                    }
                    finally
                    {
                        await attempt.DisposeAsync();
                    }

                    if (response.StatusCode == HttpStatusCode.Unauthorized && renewals < MostRenewals
                        && await IsRenewedAsync(call, cancellationToken) && retries.CanReplay)
                    {
                        response.Dispose();
                        response = null;
                    }
                }

                breaker.Answered(trial, response.StatusCode);
                if (!retries.WorthAnother(response))
                {
                    return response;
                }
            }
            catch (HttpRequestException e)
            {
                breaker.Failed(trial);
                if (!retries.WorthAnother(e))
                {
                    throw;
                }

                failure = e;
            }
            catch
            {
                breaker.Untold(trial);
                throw;
            }

            if (retries.PauseBefore(response) is not { } pause)
            {
                return response
                    ?? throw new HttpRequestException(
                    HttpRequestError.ConnectionError, "Siro could not be reached within the time to wait.", failure);
            }

            response?.Dispose();
            await Task.Delay(pause, _time, cancellationToken);
            call.Request = call.Request with { MaxWait = retries.Left };
        }
    }

    /// <summary>For features (<see cref="SiroClient"/>), which say among the request's options for whom it is.</summary>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Options.TryGetValue(SiroRequest.Key, out var siro)
            ? SendAsync(request, new SiroCall(this, siro), cancellationToken)
            : throw new InvalidOperationException("A request to Siro must say for whom it is (SiroRequest).");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _sockets.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Asks for another credential in place of the one that Siro refused.</summary>
    private ValueTask<bool> IsRenewedAsync(SiroCall call, CancellationToken cancellationToken) =>
        call.Credential is { } refused
            ? _credentials.RefusedAsync(call.Request, refused, cancellationToken)
            : new ValueTask<bool>(false);

    /// <summary>
    /// What comes before the socket: credential and budget. Every attempt takes a slot of its own and gives word of what became of it.
    /// Hardly ever waits, so that nearly every call suspends one state machine alone.
    /// </summary>
    private async ValueTask<IBudgetSlot> BeginAsync(HttpRequestMessage request, SiroCall call, CancellationToken cancellationToken)
    {
        var siro = call.Request;
        Hold(request, siro.HeldBody);
        CheckAddress(request, siro.Host);
        var credential = await _credentials.GetAsync(siro, cancellationToken);
        Prepare(request, credential);
        call.Credential = credential;
        return await _budget.AcquireAsync(siro, credential, cancellationToken);
    }

    /// <summary>What a failure of the socket is: the caller's own doing, no connection in time, or what it says it is.</summary>
    private static Exception Explained(Exception e, SiroCall call, CancellationToken cancellationToken)
    {
        if (e is OperationCanceledException { InnerException: TimeoutException } && !cancellationToken.IsCancellationRequested)
        {
            // The socket's one time limit of its own is that for connecting.
            return new HttpRequestException(HttpRequestError.ConnectionError, "Siro's host did not take the connection in time.", e);
        }

        return call.Body?.Failure is { } failure ? new ProblemException(failure, e) : e;
    }

    /// <summary>A held body is sent from memory at every attempt: a stream could be read only once.</summary>
    private static void Hold(HttpRequestMessage request, ReadOnlyMemory<byte>? body)
    {
        if (body is not { } bytes)
        {
            return;
        }

        var content = new ReadOnlyMemoryContent(bytes);
        foreach (var header in request.Content?.Headers.NonValidated ?? default)
        {
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        request.Content = content;
    }

    /// <summary>A credential goes only to its own host.</summary>
    private void CheckAddress(HttpRequestMessage request, SiroHost host)
    {
        var address = _addresses[host];
        if (request.RequestUri is not { } uri || uri.Port != address.Port || uri.Host != address.Host || uri.Scheme != address.Scheme)
        {
            throw new ProblemException(
                new Problem(500, "internal_error", "A request was addressed to another host than its credential is for."));
        }
    }

    /// <summary>The credential, in place of anything a caller sent, and the User-Agent that Siro's CDN insists on.</summary>
    private void Prepare(HttpRequestMessage request, SiroCredential credential)
    {
        var headers = request.Headers;
        headers.Remove("Authorization");
        headers.Remove(SiroCredential.UserTokenHeader);
        headers.Remove("User-Agent");
        headers.TryAddWithoutValidation(credential.Header, credential.Value.Reveal());
        headers.TryAddWithoutValidation("User-Agent", _options.Current.UserAgent);
    }

    /// <summary>
    /// A span for each attempt, where somebody listens. Trace headers leave the company only where <c>Telemetry:PropagateToSiro</c> says
    /// so.
    /// </summary>
    private Activity? Start(HttpRequestMessage request, SiroRequest siro)
    {
        var activity = GatewayActivities.ToSiro(siro.Operation, request);
        activity?.SetTag("siro.host", siro.Host.Cluster());
        activity?.SetTag("siro.organization", siro.Organization.Value);
        activity?.SetTag("siro.client", siro.Client.Value);
        if (_telemetry?.Current.PropagateToSiro is true && Activity.Current is { IdFormat: ActivityIdFormat.W3C } current)
        {
            request.Headers.Remove("traceparent");
            request.Headers.TryAddWithoutValidation("traceparent", current.Id);
        }

        return activity;
    }

    /// <summary>One attempt under way.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Attempt(IBudgetSlot slot, Activity? activity, UpstreamTime? upstream)
    {
        private readonly long _began = upstream is null ? 0 : Stopwatch.GetTimestamp();

        public void Answered(HttpResponseMessage response, TimeProvider time)
        {
            slot.Answered();

            // The CDN refuses the whole fleet alike: going on would only harden its mind. The refused call itself is not sent again and
            // names the cause.
            if (response.StatusCode == HttpStatusCode.TooManyRequests || CdnRefusal.Is(response))
            {
                slot.Throttled(RetryAfter.Of(response, time));
            }

            activity.Ended((int)response.StatusCode);
        }

        /// <param name="told">What the failure is, which decides whether anything was sent.</param>
        public void Failed(Exception thrown, Exception told)
        {
            activity.Failed(thrown);
            if (told is HttpRequestException failure && ConnectFailure.Is(failure))
            {
                slot.NotSent();
            }
        }

        public ValueTask DisposeAsync()
        {
            upstream?.Ended(_began);
            activity?.Dispose();
            return slot.DisposeAsync();
        }
    }

    private static partial class Log
    {
        public static void Breaker(ILogger logger, SiroHost host, bool open)
        {
            if (open)
            {
                Opened(logger, host);
            }
            else
            {
                Closed(logger, host);
            }
        }

        [LoggerMessage(1310, LogLevel.Warning, "Siro's {Host} host fails; nothing is sent to it for a few seconds")]
        private static partial void Opened(ILogger logger, SiroHost host);

        [LoggerMessage(1311, LogLevel.Information, "Siro's {Host} host answers again")]
        private static partial void Closed(ILogger logger, SiroHost host);
    }
}
