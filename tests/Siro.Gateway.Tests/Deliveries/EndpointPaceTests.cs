using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Deliveries;

namespace Siro.Gateway.Tests.Deliveries;

public class EndpointPaceTests
{
    private readonly FakeTimeProvider _clock = new();

    private static AttemptResult Result(int? status, long ms = 10) =>
        new(new Attempt(DateTimeOffset.UnixEpoch, status, ms, status is >= 200 and < 300 ? null : "status", null, false), null);

    [Fact]
    public void A_failing_or_slow_endpoint_gets_few_places_until_it_answers_again()
    {
        var pace = new EndpointPace(_clock);
        Assert.Equal(EndpointPace.Full, pace.Places("o/a"));
        pace.Note("o/a", Result(500));
        pace.Note("o/b", Result(200, 5000));
        Assert.Equal(EndpointPace.Careful, pace.Places("o/a"));
        Assert.Equal(EndpointPace.Careful, pace.Places("o/b"));
        pace.Note("o/a", Result(200));
        Assert.Equal(EndpointPace.Careful, pace.Places("o/a"));
        pace.Note("o/a", Result(200));
        Assert.Equal(EndpointPace.Full, pace.Places("o/a"));
        Assert.Equal(EndpointPace.Careful, pace.Places("o/b"));
    }

    [Fact]
    public void An_overloaded_endpoint_gets_one_for_half_a_minute()
    {
        var pace = new EndpointPace(_clock);
        pace.Note("o/a", Result(429));
        Assert.Equal(1, pace.Places("o/a"));
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(EndpointPace.Careful, pace.Places("o/a"));
    }

    [Fact]
    public void An_endpoint_that_keeps_answering_quickly_gets_more_until_it_does_not()
    {
        var pace = new EndpointPace(_clock);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(EndpointPace.Full, pace.Places("o/a"));
            pace.Note("o/a", Result(200));
        }

        Assert.Equal(EndpointPace.Proven, pace.Places("o/a"));
        pace.Note("o/a", Result(200, 600));
        Assert.Equal(EndpointPace.Full, pace.Places("o/a"));
    }
}
