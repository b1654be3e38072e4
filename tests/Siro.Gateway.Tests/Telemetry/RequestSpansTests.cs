using Siro.Gateway.Telemetry;

namespace Siro.Gateway.Tests.Telemetry;

public sealed class RequestSpansTests
{
    [Theory]
    [InlineData("external GET /v1/core/recordings/{id}", "GET", "/external/v1/core/recordings/{id}")]
    [InlineData("POST /v1/uploads", "POST", "/v1/uploads")]
    [InlineData("POST v1/uploads", "POST", "/v1/uploads")]
    [InlineData("OTHER (none)", "OTHER", null)]
    public void A_span_is_named_by_method_and_route(string operation, string method, string? route) =>
        Assert.Equal((method, route), RequestSpans.Route(operation));
}
