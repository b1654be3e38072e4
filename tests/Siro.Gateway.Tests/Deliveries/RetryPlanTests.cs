using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;

namespace Siro.Gateway.Tests.Deliveries;

public class RetryPlanTests
{
    private static readonly TimeSpan[] Schedule = [TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)];

    private sealed class Chance(double value) : Randomness
    {
        public override double NextDouble() => value;
    }

    private static AttemptResult Result(int? status, TimeSpan? retryAfter = null) =>
        new(new Attempt(DateTimeOffset.UnixEpoch, status, 1, status is >= 200 and < 300 ? null : "status", null, false), retryAfter);

    [Theory]
    [InlineData(1, 0.0, 0)]
    [InlineData(1, 0.5, 2.5)]
    [InlineData(2, 0.5, 150)]
    public void The_pause_is_anything_up_to_the_schedules(int failures, double chance, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryPlan.Next(Schedule, failures, Result(500), new Chance(chance)));

    [Fact]
    public void After_the_last_entry_there_is_none() => Assert.Null(RetryPlan.Next(Schedule, 3, Result(500), new Chance(0)));

    [Fact]
    public void Gone_is_gone() => Assert.Null(RetryPlan.Next(Schedule, 1, Result(410), new Chance(0)));

    [Fact]
    public void Retry_after_is_the_least_pause_and_is_bounded()
    {
        Assert.Equal(TimeSpan.FromSeconds(60), RetryPlan.Next(Schedule, 1, Result(503, TimeSpan.FromSeconds(60)), new Chance(0.5)));
        Assert.Equal(TimeSpan.FromSeconds(150), RetryPlan.Next(Schedule, 2, Result(429, TimeSpan.FromSeconds(1)), new Chance(0.5)));
        Assert.Equal(TimeSpan.FromHours(24), RetryPlan.Next(Schedule, 1, Result(429, TimeSpan.FromDays(300)), new Chance(0.5)));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(504)]
    public void An_overloaded_endpoint_gets_the_whole_pause(int status) =>
        Assert.Equal(TimeSpan.FromSeconds(5), RetryPlan.Next(Schedule, 1, Result(status), new Chance(0)));

    /// <summary>A date that had passed once counted as a wish of the endpoint's, and it was called again at once.</summary>
    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(504)]
    public void A_retry_after_of_no_time_does_not_shorten_an_overloaded_endpoints_pause(int status) =>
        Assert.Equal(TimeSpan.FromSeconds(5), RetryPlan.Next(Schedule, 1, Result(status, TimeSpan.Zero), new Chance(0)));
}
