using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;
using Siro.Gateway.Proxy;
using Yarp.ReverseProxy.Forwarder;

namespace Siro.Gateway.Tests.Proxy;

public sealed class ForwardFailureTests
{
    [Fact]
    public void A_problem_from_the_chain_is_what_the_caller_gets_however_deep_it_lies()
    {
        var problem = new Problem(429, "budget_exhausted", "");

        Assert.Same(problem, ForwardFailure.Of(ForwarderError.Request, new ProblemException(problem), callerGone: false, attempted: true));
        Assert.Same(problem,
            ForwardFailure.Of(ForwarderError.RequestBodyDestination,
            new AggregateException(new InvalidOperationException("", new ProblemException(problem))), callerGone: false, attempted: true));
    }

    [Theory]
    [InlineData(ForwarderError.Request, false, "siro_broken_answer")]
    [InlineData(ForwarderError.RequestBodyDestination, false, "siro_broken_answer")]
    [InlineData(ForwarderError.ResponseBodyDestination, false, "siro_broken_answer")]
    [InlineData(ForwarderError.RequestTimedOut, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestCanceled, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestBodyCanceled, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestCanceled, true, null)]
    [InlineData(ForwarderError.RequestBodyCanceled, true, null)]
    [InlineData(ForwarderError.RequestBodyClient, false, "bad_request")]
    public void Each_failure_has_its_code(ForwarderError error, bool callerGone, string? code) =>
        Assert.Equal(code, ForwardFailure.Of(error, new HttpRequestException("inner words"), callerGone, attempted: true)?.Code);

    [Theory]
    [InlineData(true, HttpRequestError.ConnectionError, "siro_unreachable", false)]
    [InlineData(true, HttpRequestError.ResponseEnded, "siro_broken_answer", true)]
    [InlineData(false, HttpRequestError.Unknown, "siro_unreachable", false)]
    public void The_caller_is_told_whether_Siro_may_have_done_it(bool attempted, HttpRequestError error, string code, bool mayHaveBeenDone)
    {
        var problem = ForwardFailure.Of(ForwarderError.Request, new HttpRequestException(error), callerGone: false, attempted)!;

        Assert.Equal((code, (object?)mayHaveBeenDone), (problem.Code, problem.Extensions!["mayHaveBeenDone"]));
    }

    [Fact]
    public void A_body_beyond_the_limit_is_413_and_nothing_of_the_exception_is_told()
    {
        Assert.Equal("body_too_large",
            ForwardFailure.Of(
            ForwarderError.RequestBodyClient, new BadHttpRequestException("x", 413), callerGone: false, attempted: true)?.Code);
        Assert.DoesNotContain("inner words",
            ForwardFailure.Of(ForwarderError.Request, new HttpRequestException("inner words"), callerGone: false, attempted: true)!.Detail,
            StringComparison.Ordinal);
    }
}
