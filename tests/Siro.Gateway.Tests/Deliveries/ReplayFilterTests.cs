using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;

namespace Siro.Gateway.Tests.Deliveries;

public sealed class ReplayFilterTests
{
    [Theory]
    [InlineData("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z")]
    public void A_span_that_ends_before_it_begins_is_a_error(string since, string until)
    {
        using var json = JsonDocument.Parse($$"""{"since":"{{since}}","until":"{{until}}"}""");

        var e = Assert.Throws<ProblemException>(() => ReplayFilter.Read(json.RootElement));

        Assert.Equal((422, "invalid_replay", "until"), (e.Problem.Status, e.Problem.Code, Assert.Single(e.Problem.Errors!).Field));
    }
}
