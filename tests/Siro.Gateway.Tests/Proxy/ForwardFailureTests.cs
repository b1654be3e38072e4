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

        Assert.Same(problem, ForwardFailure.Of(ForwarderError.Request, new ProblemException(problem), callerGone: false));
        Assert.Same(problem, ForwardFailure.Of(ForwarderError.RequestBodyDestination, new AggregateException(new InvalidOperationException("", new ProblemException(problem))), callerGone: false));
    }

    [Theory]
    [InlineData(ForwarderError.Request, false, "siro_unreachable")]
    [InlineData(ForwarderError.RequestCreation, false, "siro_unreachable")]
    [InlineData(ForwarderError.RequestBodyDestination, false, "siro_unreachable")]
    [InlineData(ForwarderError.ResponseBodyDestination, false, "siro_unreachable")]
    [InlineData(ForwarderError.RequestTimedOut, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestCanceled, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestBodyCanceled, false, "siro_timeout")]
    [InlineData(ForwarderError.RequestCanceled, true, null)]
    [InlineData(ForwarderError.RequestBodyCanceled, true, null)]
    [InlineData(ForwarderError.RequestBodyClient, false, "bad_request")]
    public void Each_failure_has_its_code(ForwarderError error, bool callerGone, string? code) =>
        Assert.Equal(code, ForwardFailure.Of(error, new HttpRequestException("inner words"), callerGone)?.Code);

    [Fact]
    public void A_body_beyond_the_limit_is_413_and_nothing_of_the_exception_is_told()
    {
        Assert.Equal("body_too_large", ForwardFailure.Of(ForwarderError.RequestBodyClient, new BadHttpRequestException("x", 413), callerGone: false)?.Code);
        Assert.DoesNotContain("inner words", ForwardFailure.Of(ForwarderError.Request, new HttpRequestException("inner words"), callerGone: false)!.Detail, StringComparison.Ordinal);
    }
}
