using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Yarp.ReverseProxy.Forwarder;

namespace Siro.Gateway.Proxy;

/// <summary>Tells the caller what kept a call from Siro, or Siro's answer from the caller.</summary>
internal static class ForwardFailure
{
    /// <summary>The problem behind YARP's error; null when the caller has gone and nobody is there to be told.</summary>
    /// <param name="callerGone">False: what was cancelled was cancelled by one of the gateway's time limits.</param>
    /// <param name="attempted">True: the request has been handed to the connection, so that Siro may have done it unless the connection
    /// failed.</param>
    public static Problem? Of(ForwarderError error, Exception? exception, bool callerGone, bool attempted)
    {
        for (var e = exception; e is not null; e = e is AggregateException { InnerExceptions: [var first, ..] } ? first : e.InnerException)
        {
            switch (e)
            {
                case ProblemException { Problem: var problem }:
                    return problem;
                case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                    return TooLarge;
                case BadHttpRequestException:
                    return CallerBody.Unreadable;
                case HttpRequestException failure when ConnectFailure.Is(failure):
                    return SiroOutcome.Unreachable.ToProblem(mayHaveBeenDone: false);
            }
        }

        return error switch
        {
            ForwarderError.RequestTimedOut => SiroOutcome.Timeout.ToProblem(attempted),
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled =>
                callerGone ? null : SiroOutcome.Timeout.ToProblem(attempted),
            ForwarderError.RequestBodyClient => CallerBody.Unreadable,
            _ when attempted => SiroOutcome.BrokenAnswer.ToProblem(mayHaveBeenDone: true),
            _ => SiroOutcome.Unreachable.ToProblem(mayHaveBeenDone: false),
        };
    }

    /// <summary>
    /// True where the way to Siro failed, and the operator needs to know why; anything else is told in full by the caller's line.
    /// </summary>
    public static bool IsTransportError(Problem problem) =>
        problem.Code == SiroOutcome.Unreachable.Code || problem.Code == SiroOutcome.BrokenAnswer.Code
            || problem.Code == SiroOutcome.Timeout.Code;

    /// <summary>What .NET says of it, outermost first and without stacks; it names hosts, never paths or headers.</summary>
    public static string Reason(Exception? exception)
    {
        var messages = new List<string>();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (!messages.Exists(m => m.Contains(e.Message, StringComparison.Ordinal)))
            {
                messages.Add(e.Message);
            }
        }

        return messages.Count == 0 ? "no more is known" : string.Join(" <- ", messages);
    }

    /// <summary>413 <c>body_too_large</c>.</summary>
    public static readonly Problem TooLarge = new(
        413, "body_too_large", "The body is larger than this gateway passes on (Proxy:MaxBodyBytes). Audio goes by POST /v1/uploads.");
}
